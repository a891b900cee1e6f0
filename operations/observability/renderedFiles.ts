import { alertSettings } from "../../config/alertSettings";
import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { gatewayAddress } from "../../release/addresses";
import { prometheusRules } from "../../rules/observability/alertRules";
import { renderAlertmanagerConfig } from "../../rules/observability/alertmanagerConfig";
import { renderAlloyConfig } from "../../rules/observability/alloyConfig";
import { dashboardsFor } from "../../rules/observability/dashboards/dashboards";
import { renderDatasources } from "../../rules/observability/grafanaDatasources";
import { keptLogs } from "../../rules/observability/keptLogs";
import { renderGrafana } from "./grafanaDashboards";

/** What files are rendered for. */
export interface RenderOptions {
  /** Page with a section for each alert. */
  readonly runbook: string;
  /** Directory in which Alertmanager and Alloy find what is secret. */
  readonly secrets: string;
  /** Address of a Prometheus that takes what an Alloy sends. @default - nothing is rendered for an Alloy */
  readonly remoteWrite?: string;
}

/**
 * What servers that watch a stack read: path -> content.
 *
 * @throws Error when an option does not fit.
 */
export function renderFiles(
  stack: string,
  settings: Settings,
  { runbook, secrets, remoteWrite }: RenderOptions,
): ReadonlyMap<string, string> {
  const { notices, observability } = settings;
  const dashboards = dashboardsFor(keptLogs(observability)?.observer ?? null);
  return new Map([
    ["prometheus/rules.yml", prometheusRules({ ...alertSettings(stack, settings), runbook })],
    ["alertmanager/alertmanager.yml", renderAlertmanagerConfig(notices ?? [], secrets)],
    ...(observability
      ? [["grafana/datasources.yml", renderDatasources(observability)] as const]
      : []),
    ...(remoteWrite === undefined
      ? []
      : [["alloy/config.alloy", alloyFor(stack, settings, remoteWrite, secrets)] as const]),
    ...dashboards.map((each) => [`dashboards/${each.uid}.json`, renderGrafana(each)] as const),
  ]);
}

/** File with the exporter's token, as Alloy finds it. */
export function alloyTokenFile(secrets: string): string {
  return `${secrets}/token`;
}

function alloyFor(
  stack: string,
  { observability, subnet }: Settings,
  remoteWrite: string,
  secrets: string,
): string {
  if (observability === null) {
    throw new Error(
      `--remote-write: the stack ${stack} has no maestro:observability, which says where the exporter is; set it, or leave this out`,
    );
  }
  checkAddress(remoteWrite);
  return renderAlloyConfig({
    ...{ prefix: stackPrefix(stack), scrapeSeconds: observability.prometheus.scrapeSeconds },
    exporter: { address: gatewayAddress(subnet), port: observability.exporter.port },
    ...{ tokenFile: alloyTokenFile(secrets), remoteWrite },
    handsTracesOn: observability.jaeger !== undefined,
  });
}

function checkAddress(given: string): void {
  const address = URL.canParse(given) ? new URL(given) : null;
  const example = "such as https://prometheus.example.com/api/v1/write";
  if (address === null || !["http:", "https:"].includes(address.protocol)) {
    throw new Error(`--remote-write: must be an address, got ${JSON.stringify(given)}; ${example}`);
  }
  if (address.username === "" && address.password === "") return;
  throw new Error(
    `--remote-write: must hold no login, since it is written into a file; use ${address.origin}${address.pathname}, and add basic_auth with a password_file there`,
  );
}
