import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { ensureCommands } from "../../toolchain/setup/packages";

/** Series by their selector, each with values a minute as promtool writes them: `0+600x60`. */
export type MinuteSeries = Readonly<Record<string, string>>;

/** Debian's Prometheus and Alertmanager, with the tools that check what they read. */
export async function installPrometheus(): Promise<void> {
  await ensureCommands({
    prometheus: "prometheus",
    promtool: "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    amtool: "prometheus-alertmanager",
  });
}

/** What promtool says of a file of rules; empty: nothing is wrong. */
export async function checkRules(rules: string): Promise<string> {
  return inDirectory(async (directory) => {
    writeFileSync(path.join(directory, "rules.yaml"), rules);
    const { exitCode, all } = await execa("promtool", ["check", "rules", "rules.yaml"], {
      ...{ cwd: directory, all: true, reject: false },
    });
    return exitCode === 0 ? "" : all!;
  });
}

/**
 * Which alerts fire at which minute, by promtool's own evaluation of the rules over the series. Returns what promtool has
 * to say against it; empty: exactly these fire.
 *
 * @param expected minute -> alerts, each with the labels that tell it from others: `MaestroErrorBudgetBurns web 1h page`.
 */
export async function testRules(
  rules: string,
  series: MinuteSeries,
  expected: Readonly<Record<number, readonly string[]>>,
): Promise<string> {
  const test = {
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: Object.entries(expected).map(([minute, alerts]) => ({
      expr: 'count by (alertname, service, window, severity) (ALERTS{alertstate="firing"})',
      eval_time: `${minute}m`,
      exp_samples: alerts.map((alert) => ({ labels: labelsOf(alert), value: 1 })),
    })),
  };
  return inDirectory(async (directory) => {
    writeFileSync(path.join(directory, "rules.yaml"), rules);
    const file = { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests: [test] };
    writeFileSync(path.join(directory, "test.yaml"), stringify(file));
    const { exitCode, all } = await execa("promtool", ["test", "rules", "test.yaml"], {
      ...{ cwd: directory, all: true, reject: false },
    });
    return exitCode === 0 ? "" : all!;
  });
}

/** `MaestroErrorBudgetBurns web 1h page`; service and window where the alert has them. */
function labelsOf(alert: string): string {
  const words = alert.split(" ");
  const [name, severity, rest] = [words[0]!, words.at(-1)!, words.slice(1, -1)];
  const [service, window] = rest;
  const labels = { alertname: name, service, window, severity };
  const given = Object.entries(labels).filter(([, value]) => value !== undefined);
  return `{${given.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}

async function inDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-promtool-"));
  try {
    return await act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
