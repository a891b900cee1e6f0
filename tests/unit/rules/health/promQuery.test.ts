import {
  judgeValues,
  queryAbout,
  readValues,
  type PromQuery,
} from "../../../../rules/health/promQuery";
import { settingsWith } from "../../../support/fixtures";

const QUEUE: PromQuery = {
  ...{ name: "queue", prometheus: "http://127.0.0.1:9090", maximum: 100 },
  query: 'max(queue_length{set="$set",release="$release"}) by (set)',
};

function vector(...values: readonly (readonly [object, string])[]): object {
  const result = values.map(([metric, value]) => ({ metric, value: [1, value] }));
  return { status: "success", data: { resultType: "vector", result } };
}

it("a query is about the new set", () => {
  expect(queryAbout(QUEUE, "blue", "b32d1764d9c8")).toBe(
    'max(queue_length{set="blue",release="b32d1764d9c8"}) by (set)',
  );
});

describe("what a query finds", () => {
  const judge = (query: Partial<PromQuery>, answer: unknown) =>
    judgeValues({ ...QUEUE, ...query }, readValues(answer));

  it("is well within its bounds, each series of it", () => {
    expect(judge({}, vector([{}, "100"]))).toBeNull();
    expect(judge({ minimum: 1 }, vector([{}, "1"], [{ a: "b" }, "100"]))).toBeNull();
    const scalar = { status: "success", data: { resultType: "scalar", result: [1, "7"] } };
    expect(judge({}, scalar)).toBeNull();
  });

  it("is told with the labels of what is out of bounds", () => {
    expect(judge({}, vector([{}, "5"], [{ set: "blue", queue: "mail" }, "101"]))).toBe(
      "query queue: is 101 (set=blue, queue=mail), wanted at most 100",
    );
    expect(judge({ minimum: 3, maximum: 4 }, vector([{}, "2"]))).toBe(
      "query queue: is 2, wanted at least 3 and at most 4",
    );
  });

  it("is not well where there is none, or no number", () => {
    expect(judge({}, vector())).toBe("query queue: there is no value; is it told of this set?");
    expect(judge({}, vector([{}, "NaN"]))).toBe("query queue: is NaN, wanted at most 100");
    expect(judge({}, vector([{}, "+Inf"]))).toContain("wanted at most 100");
  });

  it("is an error where Prometheus says so, or another server answers", () => {
    expect(() => readValues({ status: "error", error: "parse error" })).toThrow("parse error");
    expect(() => readValues({ ok: true })).toThrow("the answer is not Prometheus'");
    expect(() => readValues(null)).toThrow("the answer is not Prometheus'");
    const matrix = { status: "success", data: { resultType: "matrix", result: [] } };
    expect(() => readValues(matrix)).toThrow("it gives a matrix, wanted one value of each series");
  });
});

it("a Prometheus is asked only where a query is given, even if nothing else is wanted of a set", () => {
  const { healthGate } = settingsWith({
    "config.rollout": { stabilizeSeconds: 0, queries: [QUEUE] },
  });
  expect(healthGate).toEqual({
    ...{ stabilizeSeconds: 0, services: {}, modules: [], queries: [QUEUE] },
  });
  expect(settingsWith({ "config.rollout": { stabilizeSeconds: 0 } }).healthGate).toBeNull();
});
