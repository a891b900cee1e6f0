/** How the page looks, in the light and in the dark: contrasts are those of WCAG 2.2 AA. */
export const PAGE_STYLE = [
  ":root{color-scheme:light dark;--bad:light-dark(#a3121f,#ff9b9b);--good:light-dark(#0b5d2c,#8fe0a8);--line:light-dark(#c9ced6,#4a4f57)}",
  "html{background:Canvas;color:CanvasText}body{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:0 auto;padding:1rem}",
  "a{color:light-dark(#0b57d0,#8ab4f8)}nav a{margin-right:1rem}h1{margin:.2rem 0}section{margin:2rem 0}",
  "table{border-collapse:collapse;width:100%;margin:1rem 0}",
  "caption{text-align:left;font-weight:700;padding:.3rem 0}",
  "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line)}",
  "tbody th{font-weight:400;white-space:nowrap}td:last-child{overflow-wrap:anywhere;min-width:12rem}",
  // A long timeline costs nothing before it is scrolled to.
  "tbody tr{content-visibility:auto;contain-intrinsic-size:auto 2rem}",
  "figure{margin:1rem 0;overflow-x:auto}.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}",
  ".note{max-width:50rem}select{font:inherit;padding:.1rem .3rem}",
].join("\n");

/**
 * Compares the two releases that a reader chooses: digests by their value, settings by marks, of which only equality
 * says anything. Texts go in as texts.
 */
export const COMPARE_SCRIPT = `
for (const box of document.querySelectorAll(".compare")) {
  const releases = JSON.parse(box.querySelector("script").textContent);
  const side = (name) => releases[box.querySelector('[data-side="' + name + '"]').value];
  const target = box.querySelector(".differences");
  const short = (service) => service ? service.digest.replace("sha256:", "").slice(0, 12) : "none";
  const add = (parent, tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const show = () => {
    const [before, after] = [side("before"), side("after")];
    target.replaceChildren();
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    const rows = names.flatMap((name) => {
      const [one, other] = [before[name], after[name]];
      const marks = [(one || {}).settings || {}, (other || {}).settings || {}];
      const paths = [...new Set(marks.flatMap(Object.keys))].sort();
      const settings = paths.filter((path) => marks[0][path] !== marks[1][path]);
      const isImage = (one || {}).digest !== (other || {}).digest;
      if (!isImage && settings.length === 0) return [];
      return [[name, isImage ? short(one) + " \\u2192 " + short(other) : "as it is", one && other ? settings.join(", ") : ""]];
    });
    if (rows.length === 0) return void add(target, "p", "They are the same.");
    const table = add(target, "table");
    add(table, "caption", "What differs");
    const head = add(add(table, "thead"), "tr");
    for (const title of ["Service", "Image", "Settings"]) add(head, "th", title).scope = "col";
    const body = add(table, "tbody");
    for (const [name, image, settings] of rows) {
      const row = add(body, "tr");
      add(row, "th", name).scope = "row";
      add(row, "td", image);
      add(row, "td", settings);
    }
  };
  box.addEventListener("change", show);
  show();
}
`;
