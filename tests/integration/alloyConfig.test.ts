import execa from "execa";
import { renderAlloyConfig } from "../../rules/observability/alloyConfig";
import { ensureGoBinary } from "../support/foreignImages";

jest.setTimeout(300_000);

/** A block as Alloy's own parser sees it. */
interface Block {
  readonly name: string;
  readonly label?: string;
  readonly is: Readonly<Record<string, string>>;
  readonly blocks: readonly Block[];
}

const INPUT = {
  ...{ prefix: "shop-demo", scrapeSeconds: 15 },
  exporter: { address: "10.7.0.1", port: 9464 },
  tokenFile: "/etc/observability/token",
  remoteWrite: "https://prometheus.example.com/api/v1/write",
};

/**
 * Arguments of the components that are used, as far as they are: the pages of https://grafana.com/docs/alloy/latest/reference/components/,
 * in github.com/grafana/alloy read at commit 66ebea856dffb242f921775e9552a133f60dc5c1 (21 August 2026).
 */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  "prometheus.scrape": [
    ...["targets", "forward_to", "job_name", "scrape_interval", "scrape_timeout"],
    ...["bearer_token_file", "sample_limit"],
  ],
  "discovery.http": ["url", "refresh_interval", "bearer_token_file"],
  "prometheus.remote_write": [],
  "prometheus.remote_write/endpoint": ["url"],
  "otelcol.receiver.otlp": [],
  "otelcol.receiver.otlp/grpc": ["endpoint"],
  "otelcol.receiver.otlp/http": ["endpoint"],
  "otelcol.receiver.otlp/output": ["traces"],
  "otelcol.processor.batch": [],
  "otelcol.processor.batch/output": ["traces"],
  "otelcol.exporter.otlphttp": [],
  "otelcol.exporter.otlphttp/client": ["endpoint"],
};
/** What of a component others may name. */
const EXPORTS: Readonly<Record<string, string>> = {
  "discovery.http": "targets",
  "prometheus.remote_write": "receiver",
  "otelcol.processor.batch": "input",
  "otelcol.exporter.otlphttp": "input",
};

async function parse(text: string): Promise<{ blocks: Block[]; formatted: boolean }> {
  const parser = await ensureGoBinary("alloy-syntax", ".", "alloy");
  const { stdout } = await execa(parser, { input: text });
  return JSON.parse(stdout) as { blocks: Block[]; formatted: boolean };
}

/** Arguments that no page names, by the place of their block. */
function unknown(blocks: readonly Block[], above = ""): string[] {
  return blocks.flatMap(({ name, is, blocks: inner }) => {
    const place = above + name;
    const known = ARGUMENTS[place];
    if (known === undefined) return [place];
    const wrong = Object.keys(is).filter((argument) => !known.includes(argument));
    return [...wrong.map((argument) => `${place} ${argument}`), ...unknown(inner, `${place}/`)];
  });
}

function values(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ is, blocks: inner }) => [...Object.values(is), ...values(inner)]);
}

test("an Alloy reads what it is given, as its own printer would lay it out, and finds each part that is named", async () => {
  const { blocks, formatted } = await parse(renderAlloyConfig({ ...INPUT, handsTracesOn: true }));
  expect(formatted).toBe(true);
  expect(unknown(blocks)).toEqual([]);
  const given = blocks.map(({ name, label }) => `${name}.${label}.${EXPORTS[name]}`);
  const named = values(blocks)
    .filter((value) => !value.includes('"'))
    .flatMap((value) => value.match(/[a-z][\w.]+/g) ?? []);
  expect(named.length).toBe(5);
  expect(named.filter((name) => !given.includes(name))).toEqual([]);
});

test.each(['https://example.com/a"b', "https://example.com/\\n{}", "https://example.com/é"])(
  "an Alloy reads an address of odd characters as it is: %s",
  async (remoteWrite) => {
    const text = renderAlloyConfig({ ...INPUT, remoteWrite, handsTracesOn: false });
    const { blocks } = await parse(text);
    const url = blocks.find(({ name }) => name === "prometheus.remote_write")?.blocks[0]?.is["url"];
    expect(JSON.parse(url ?? "")).toBe(remoteWrite);
  },
);

test("what is no Alloy's language is said to be none", async () => {
  const text = renderAlloyConfig({ ...INPUT, handsTracesOn: false }).replace(" {", "");
  await expect(parse(text)).rejects.toThrow("config.alloy:");
});
