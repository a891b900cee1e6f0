"use strict";
// Asks one gate of a project's own, in a process of its own: whatever it does to its process, hanging and exiting
// included, is no harm to the update. `import` takes both kinds of modules.
const { pathToFileURL } = require("node:url");

process.once("message", ({ file, question, options }) => {
  load(file)
    .then((ask) => ask(question, options))
    .then(
      (answer) => process.send({ answer: answer ?? null }),
      (error) => process.send({ error: error instanceof Error ? error.message : String(error) }),
    );
});

async function load(file) {
  const loaded = await import(pathToFileURL(file).href);
  // Not every way to export from CommonJS is seen from outside; `default` is all of it.
  const ask = loaded.ask ?? loaded.default?.ask;
  if (typeof ask !== "function") throw new Error("exports no function named ask");
  return ask;
}
