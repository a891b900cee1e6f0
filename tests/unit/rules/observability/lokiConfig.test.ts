import { readFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { renderLokiConfig } from "../../../../rules/observability/lokiConfig";

const SCHEMA = path.join(__dirname, "../../../foreign/loki/loki.schema.json");
const INPUT = { directory: "/var/lib/observability/data", retentionDays: 14, memoryMegabytes: 512 };
type Config = Record<string, Record<string, unknown>>;

const config = parse(renderLokiConfig(INPUT)) as Config;

function problems(changed: unknown): string[] {
  const ajv = new Ajv({ allErrors: true });
  const isValid = ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")) as object);
  isValid(changed);
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** All texts in it that are paths. */
function paths(part: unknown): string[] {
  if (typeof part === "string") return part.startsWith("/") ? [part] : [];
  return part !== null && typeof part === "object" ? Object.values(part).flatMap(paths) : [];
}

describe("Loki's configuration", () => {
  it("has only fields that Loki's reference names, of the types that it says", () => {
    expect(problems(config)).toEqual([]);
  });

  it.each([
    ["a field that is none", { ...config, limits: {} }, " must NOT have additional properties"],
    [
      "a duration in days",
      { ...config, limits_config: { ...config["limits_config"], retention_period: "14d" } },
      '/limits_config/retention_period must match pattern "^\\d+(ms|s|m|h)$"',
    ],
    [
      "retention that is off",
      { ...config, compactor: { ...config["compactor"], retention_enabled: false } },
      "/compactor/retention_enabled must be equal to constant",
    ],
  ])("with %s is none", (_, changed, problem) => {
    expect(problems(changed)).toEqual([problem]);
  });

  it("keeps lines for the days that it is told, and tells nobody of itself", () => {
    expect(config["limits_config"]).toMatchObject({ retention_period: "336h" });
    expect(config["analytics"]).toEqual({ reporting_enabled: false });
  });

  it("writes below its volume alone: the rest of its container is read-only", () => {
    const written = paths(config);
    expect(new Set(written).size).toBe(8);
    expect(written.filter((each) => !each.startsWith(INPUT.directory))).toEqual([]);
  });

  it("reads again after a kill what half of its memory holds", () => {
    const megabytes = (memoryMegabytes: number) =>
      (parse(renderLokiConfig({ ...INPUT, memoryMegabytes })) as Config)["ingester"]!["wal"];
    expect(megabytes(129)).toMatchObject({ replay_memory_ceiling: "64MB" });
  });
});
