/** Largest page of one's own: the edge sends it to everybody. */
export const MAX_PAGE_BYTES = 65_536;

/** What browsers get while there is maintenance, where an operator gives no page. */
export const MAINTENANCE_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Maintenance</title>
    <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem }
    </style>
  </head>
  <body>
    <h1>We will be back soon</h1>
    <p>This site is being maintained. Please try again in a few minutes.</p>
  </body>
</html>
`;
