import { isCredentialVariable, isSecretName } from "../../../../config/credentials";
import type { Color, ReleaseRecord, ServiceRelease } from "../../../../release/release";
import { createRelease } from "../../../../release/release";
import {
  COMMENT_LENGTH,
  labelOf,
  renderComment,
  renderPlan,
  type CommentOptions,
} from "../../../../rules/delivery/planComment";
import { readPlan } from "../../../../rules/delivery/planFacts";
import { parsePreview, type Preview, type PreviewStep } from "../../../../rules/delivery/preview";
import { modelRelease, placedRelease } from "../../../support/releases";

const URN = "urn:pulumi:demo::shop";
const OPTIONS: CommentOptions = {
  images: new Map(),
  isSecret: (name, value) => isSecretName(name) || isCredentialVariable(name, value),
  artifact: "https://ci.example/runs/17",
};
const first = placedRelease(modelRelease({ api: 1, web: 1 }));

function stackStep(outputs: object): PreviewStep {
  const urn = `${URN}::pulumi:pulumi:Stack::shop-demo`;
  return { op: "same", urn, oldState: { type: "pulumi:pulumi:Stack", outputs: { ...outputs } } };
}

function step(op: string, name: string, stdin?: object, type = "command:local:Command") {
  const inputs = stdin ? { stdin: JSON.stringify(stdin) } : {};
  return { op, urn: `${URN}::${type}::${name}`, newState: { type, inputs } };
}

const serving = (record: ReleaseRecord, waiting: ReleaseRecord | null = null) =>
  stackStep({ activeColor: "blue", containerSets: { blue: record, green: waiting }, history: [] });

function deploy(record: ReleaseRecord, color: Color = "green"): PreviewStep[] {
  const traffic = { bakeSeconds: 60, keepPrevious: "warm", release: record.id, color };
  return [
    step("update", `${color}-claim`, { color, record, placement: 2 }),
    step("update", "release-switch", traffic),
  ];
}

const preview = (steps: readonly PreviewStep[], diagnostics: Preview["diagnostics"] = []) => ({
  steps,
  diagnostics,
});
const tell = (...given: Parameters<typeof preview>) =>
  renderPlan(readPlan(preview(...given)), OPTIONS);

/** `web` with other settings. */
function changed(change: Partial<ServiceRelease>): ReleaseRecord {
  const { api, web } = first.services;
  return placedRelease(createRelease({ api: api!, web: { ...web!, ...change } }));
}

describe("a plan in a comment", () => {
  it("says what becomes of each service, with values where they are plain and no secret", () => {
    const next = changed({
      env: { LEVEL: "debug", API_TOKEN: "k3sXv9PqLm2RtY8wZb4N", URL: "https://u:pw@host/" },
      command: ["serve", "--fast"],
      resources: { memoryMegabytes: 512, cpus: "1", pids: 256 },
    });
    const text = tell([serving(first), ...deploy(next)]);
    expect(text).toContain("### demo: gets release");
    expect(text).toContain("`env.LEVEL`: nothing → `debug`");
    expect(text).toContain("`env.API_TOKEN`,");
    expect(text).toContain("`command`");
    for (const secret of ["k3sXv9", "u:pw", "--fast"]) expect(text).not.toContain(secret);
    expect(text).toContain("1 service changes, 1 stay");
    expect(text).toContain("it is watched for 60 s");
  });

  it("names what comes and what goes", () => {
    const next = placedRelease(modelRelease({ web: 1, jobs: 1 }));
    const text = tell([serving(first), ...deploy(next)]);
    expect(text).toContain("| `api` | removed |");
    expect(text).toMatch(/\| `jobs` \| new: `[0-9a-f]{12}` \|/);
    const empty = tell([stackStep({}), ...deploy(first, "blue")]);
    expect(empty).toContain(`nothing → \`${first.id}\` (blue): 2 services change, 0 stay`);
    expect(empty).not.toContain("Back:");
  });

  it("knows what is warm, and what has served before", () => {
    const second = placedRelease(modelRelease({ api: 2, web: 1 }));
    const history = [{ release: second.id, at: "2026-01-01T00:00:00.000Z", by: "eve `x`|" }];
    const stack = stackStep({
      ...{ activeColor: "blue", containerSets: { blue: first, green: second }, history },
    });
    const move = step("update", "release-switch", {
      release: second.id,
      color: "green",
      bakeSeconds: 0,
      keepPrevious: "stopped",
    });
    const facts = readPlan(preview([stack, move]));
    expect([facts.action, labelOf(facts)]).toEqual(["switch", "switch"]);
    const text = renderPlan(facts, OPTIONS);
    expect(text).toContain(`goes back to release \`${second.id}\``);
    expect(text).toContain("since 2026-01-01T00:00:00.000Z, by `eve 'x'|`");
    expect(text).toContain("its containers are started again");
  });

  it.each([
    ["replace", "edge-nginx", "edge-outage", "nobody is answered meanwhile"],
    ["update", "edge-config", "none", "The edge reloads its configuration"],
    ["create", "edge-nginx", "none", "users get what they have"],
  ])("%s of %s: %s", (op, name, label, says) => {
    const facts = readPlan(preview([serving(first), step(op, name)]));
    expect(labelOf(facts)).toBe(label);
    expect(renderPlan(facts, OPTIONS)).toContain(says);
  });

  it("keeps other people's words in their place", () => {
    const text = tell(
      [serving(first)],
      [
        { severity: "warning", message: "gate: ~~~\n</details> @everyone `x` <!-- --> \u001b[31m" },
        { severity: "info", message: "web: its database is at 0003; pending: 0004 (add ~~~~)" },
        { severity: "info", message: "gate window: open until Monday" },
      ],
    );
    expect(text).toContain("~~~~text\ngate: ~~~\n</details> @everyone");
    expect(text).not.toContain("\u001b");
    expect(text).toMatch(/\*\*Databases\*\*\n\n~~~~~text\nweb: its database/);
    expect(text).toMatch(/\*\*Notes\*\*\n\n~~~text\ngate window/);
  });

  it.each<[severity: "warning" | "info", message: string, line: string]>([
    ["warning", "policy (advisory): 2 breaches:\n  x: y", "Policy: **2 breaches (advisory)**"],
    ["info", "policy: every resource keeps it (mandatory)", "Policy: every resource keeps it"],
  ])("has the policy's result, in a line and as told: %s", (severity, message, line) => {
    const excepted = "policy: x may break limits until 2026-12-20T00:00: soon gone (eve)";
    const diagnostics = [
      { severity, message: `${message}\n` },
      { severity: "info" as const, message: excepted },
    ];
    const text = tell([serving(first), ...deploy(first)], diagnostics);
    expect(text).toContain(`- ${line}`);
    expect(text).toContain("**Policy**");
    expect(text.split(excepted)).toHaveLength(2);
    expect(text).not.toMatch(/\*\*(Take care|Notes)\*\*/);
    expect(tell([serving(first)])).not.toContain("olicy");
  });

  it("is refused by one error, whatever else it says", () => {
    const facts = readPlan(
      preview([serving(first), ...deploy(first)], [{ severity: "error", message: "no\n" }]),
    );
    expect(labelOf(facts)).toBe("refused");
    expect(renderPlan(facts, OPTIONS)).toContain("**Refused**\n\n~~~text\nno\n~~~");
  });

  it("shows what databases get: revisions, what is destructive, and the SQL for who opens it", () => {
    const said = (severity: "info" | "warning", message: string) => ({ severity, message });
    const text = tell(
      [serving(first), ...deploy(placedRelease(modelRelease({ api: 2, web: 1 })))],
      [
        said("info", "api: its database is at 0001; pending: 0002 (title)"),
        said(
          "info",
          "api: its SQL:\n-- Running upgrade 0001 -> 0002\nALTER TABLE t DROP COLUMN c;",
        ),
        said("warning", "api: destructive (drop): ALTER TABLE t DROP COLUMN c; drop it later"),
      ],
    );
    expect(text).toContain(
      "**Databases**\n\n~~~text\napi: its database is at 0001; pending: 0002 (title)\n" +
        "api: destructive (drop): ALTER TABLE t DROP COLUMN c; drop it later\n~~~\n\n" +
        "<details>\n<summary>SQL of api</summary>\n\n~~~sql\n-- Running upgrade 0001 -> 0002\n" +
        "ALTER TABLE t DROP COLUMN c;\n~~~\n\n</details>\n",
    );
    expect(text).not.toContain("**Take care**");
    expect(text).not.toContain("**Notes**");
  });

  it("says nothing of what is not known before the update", () => {
    const unknown = {
      ...step("create", "blue-claim"),
      newState: { inputs: { stdin: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } },
    };
    const facts = readPlan(preview([stackStep({}), unknown]));
    expect([facts.action, facts.desired]).toEqual(["deploy", null]);
    expect(renderPlan(facts, OPTIONS)).toContain("### demo: gets a release");
  });

  it("has room for 200 services that all change, and becomes a link beyond that", () => {
    const names = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`service-number-${index}`, 1]),
      );
    const later = (count: number) =>
      Object.fromEntries(Object.keys(names(count)).map((name) => [name, 2]));
    const plan = (count: number) =>
      readPlan(
        preview([
          serving(placedRelease(modelRelease(names(count)))),
          ...deploy(placedRelease(modelRelease(later(count)))),
        ]),
      );
    const whole = renderComment(plan(200), OPTIONS);
    expect(whole.length).toBeLessThan(COMMENT_LENGTH);
    expect(whole.match(/^\| `service-number-/gm)).toHaveLength(200);
    const cut = renderComment(plan(1_000), OPTIONS);
    expect(cut.length).toBeLessThan(2_000);
    expect(cut).toContain("[The whole plan](https://ci.example/runs/17) has");
    expect(cut.startsWith("<!-- maestro plan: shop/demo -->")).toBe(true);
  });
});

it.each([
  ["", "the preview is empty; pass what `pulumi preview --json` prints"],
  ["Previewing update", "the preview is no JSON"],
  ["{}", "the JSON is no preview: it has neither steps nor diagnostics"],
  ["null", "the JSON is no preview"],
  ['{"steps": 3}', "the JSON is no preview"],
])("%j is no preview, and that is said", (text, says) => {
  expect(() => parsePreview(text)).toThrow(says);
});
