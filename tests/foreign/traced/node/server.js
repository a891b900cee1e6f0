/** Node's own server with pino, both instrumented by OpenTelemetry's automatic instrumentations, without a line about them. */
const http = require("node:http");
const pino = require("pino");

const log = pino();

http
  .createServer((request, response) => {
    const number = /^\/stock\/(\d+)$/.exec(request.url)?.[1];
    if (number !== undefined) log.info({ article: { number: Number(number) } }, "looked up");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ status: "ok", number }));
  })
  .listen(8000, "0.0.0.0");

process.on("SIGTERM", () => process.exit(0));
