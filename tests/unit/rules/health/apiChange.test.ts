import { describeApiChange, readApiChanges } from "../../../../rules/health/apiChange";

/** As oasdiff 1.36.0 writes it. */
const OUTPUT = JSON.stringify([
  {
    ...{ id: "new-required-request-parameter", level: 3, section: "paths" },
    text: "added the new required `query` request parameter `q`",
    ...{ operation: "GET", operationId: "get", path: "/items/{id}", fingerprint: "0de398239258" },
  },
  {
    ...{ id: "request-parameter-removed", level: 2, section: "paths" },
    ...{ text: "deleted the `query` request parameter `q`", fingerprint: "669e5371a292" },
  },
  { level: 3, text: "something \u001b[31mred\nand on", fingerprint: "2b01bb43c11a" },
]);

describe("changes of an API", () => {
  it("are those that break for certain, in plain text", () => {
    expect(readApiChanges(OUTPUT).map(describeApiChange)).toEqual([
      "GET /items/{id}: added the new required `query` request parameter `q` [0de398239258]",
      expect.stringMatching(/^something [^\u001b\n]*red[^\n]*and on \[2b01bb43c11a\]$/),
    ]);
    expect(readApiChanges("[]")).toEqual([]);
  });

  it("cannot be read from anything else", () => {
    expect(() => readApiChanges("no changes")).toThrow(SyntaxError);
    expect(() => readApiChanges("{}")).toThrow(TypeError);
  });
});
