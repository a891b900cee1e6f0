import { valueAtPointer } from "../../../../rules/health/jsonPointer";
import {
  capture,
  compareAnswer,
  referencesOf,
  requestOf,
} from "../../../../rules/health/smokeTest";
import type { Answer } from "../../../../rules/host/asking";

const answer = (body: unknown, status = 200, headers: Answer["headers"] = {}): Answer => ({
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("a request of a smoke test", () => {
  it("is a GET without a body unless it says otherwise", () => {
    expect(requestOf({ path: "/orders/" }, {})).toEqual({
      method: "GET",
      path: "/orders/",
      headers: {},
      body: null,
    });
  });

  it("sends a text as it is and everything else as JSON, and takes the header that is given", () => {
    const text = { method: "POST", path: "/orders/", body: "a=1" };
    expect(requestOf(text, {})).toMatchObject({ headers: {}, body: "a=1" });
    expect(requestOf({ ...text, body: { a: [1] } }, {})).toMatchObject({
      headers: { "content-type": "application/json" },
      body: '{"a":[1]}',
    });
    const given = requestOf({ ...text, body: {}, headers: { "Content-Type": "x/y" } }, {});
    expect(given.headers).toEqual({ "content-type": "x/y" });
  });

  it("puts in what was captured, in a path as one segment", () => {
    const step = {
      path: "/orders/${id}?of=${id}",
      headers: { "X-Order": "${id}" },
      body: { order: { id: "${id}", "${id}": ["a${id}", 3] } },
    };
    expect(referencesOf(step)).toContain("id");
    expect(requestOf(step, { id: "a/b ?" })).toEqual({
      method: "GET",
      path: "/orders/a%2Fb%20%3F?of=a%2Fb%20%3F",
      headers: { "content-type": "application/json", "x-order": "a/b ?" },
      body: '{"order":{"id":"a/b ?","${id}":["aa/b ?",3]}}',
    });
  });
});

describe("an answer to it", () => {
  it("must be a 2xx unless another status is wanted", () => {
    expect(compareAnswer({ path: "/" }, answer("", 204))).toEqual([]);
    expect(compareAnswer({ path: "/" }, answer("", 302))).toEqual(["status 302, wanted 2xx"]);
    expect(compareAnswer({ path: "/", status: 404 }, answer("", 404))).toEqual([]);
    expect(compareAnswer({ path: "/", status: 404 }, answer("", 200))).toEqual([
      "status 200, wanted 404",
    ]);
  });

  it("is compared in all that is wanted of it, and says what it is", () => {
    const step = {
      path: "/",
      status: 201,
      answerHeaders: { "Content-Type": "json", Location: "/orders/" },
      json: { "/status": "made", "/items/0/id": 7, "/items/1": null, "/a~1b": [1, 2] },
      contains: "made",
    };
    const body = { status: "made", items: [{ id: 7 }, null], "a/b": [1, 2] };
    const headers = { "content-type": "application/json", location: "/orders/7" };
    expect(compareAnswer(step, answer(body, 201, headers))).toEqual([]);
    expect(compareAnswer(step, answer({ status: "new", items: [] }, 200))).toEqual([
      "status 200, wanted 201",
      'header Content-Type is missing, wanted "json" in it',
      'header Location is missing, wanted "/orders/" in it',
      'the body has no "made"',
      '/status is "new", wanted "made"',
      "/items/0/id is missing, wanted 7",
      "/items/1 is missing, wanted null",
      "/a~1b is missing, wanted [1,2]",
    ]);
    expect(compareAnswer({ path: "/", json: { "/a": 1 } }, answer("<html>"))).toEqual([
      "the body is not JSON",
    ]);
  });

  it("is not taken for a header's value by the words of a message", () => {
    const step = { path: "/", answerHeaders: { "X-Is": "missing" } };
    expect(compareAnswer(step, answer(""))).toEqual([
      'header X-Is is missing, wanted "missing" in it',
    ]);
  });

  it("is kept in parts for the requests behind", () => {
    const step = { path: "/", capture: { id: "/order/id", at: "Location" } };
    const made = answer({ order: { id: 17 } }, 201, { location: "/orders/17" });
    expect(capture(step, made)).toEqual({ id: "17", at: "/orders/17" });
    expect(() => capture(step, answer({ order: {} }))).toThrow(
      "id cannot be captured: the answer has no /order/id",
    );
    expect(() => capture({ path: "/", capture: { all: "/order" } }, made)).toThrow(
      "all cannot be captured",
    );
  });
});

it("a JSON Pointer names what a document has itself, and nothing of JavaScript's own", () => {
  const document = { a: [{ "b/c": 1 }], "": { x: 2 } };
  expect(valueAtPointer(document, "/a/0/b~1c")).toBe(1);
  expect(valueAtPointer(document, "//x")).toBe(2);
  expect(valueAtPointer(document, "/a/length")).toBe(1);
  expect(valueAtPointer(document, "/constructor")).toBeUndefined();
  expect(valueAtPointer(document, "/a/3/b")).toBeUndefined();
  expect(valueAtPointer(undefined, "/a")).toBeUndefined();
});
