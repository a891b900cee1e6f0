import type * as pulumi from "@pulumi/pulumi";
import type { WantedObservability } from "../../components/dockerHost/observability";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { EdgeRecord, StackRecords } from "../../records/stackRecords";
import {
  isComplete,
  PlanError,
  type ObservedState,
  type RolloutPlan,
} from "../../release/rolloutPlan";
import type { StackOutputs } from "../../release/stackOutputs";
import type { HistoryRevision } from "../../rules/database/alembicHistory";
import { startsAtOnce } from "../../rules/host/startsAtOnce";
import { generationOf, isAsWritten } from "../../rules/edge/nginxConfig";
import type { StatefulPlan } from "../../rules/stateful/statefulPlan";
import type { Decision, Objections, RevisionSource, Serving, Sight, Target } from "../target";
import { lookAgain } from "./lookAgain";
import { createProviders } from "./providers";
import { HostQuestions, type EdgeCertificate } from "./questions";
import { createServing } from "./serving";

/** A machine with a Docker Engine: containers behind an nginx, on this machine or over SSH. */
export class DockerHostTarget implements Target {
  constructor(
    private readonly settings: Settings,
    private readonly prefix: string,
  ) {}

  createProviders(
    previous: Promise<unknown>,
    opts: pulumi.ResourceOptions = {},
  ): Promise<pulumi.ProviderResource[]> {
    return createProviders(this.settings, previous, opts);
  }

  look<T>(previous: Promise<Partial<StackOutputs>>, use: (sight: Sight) => Promise<T>): Promise<T> {
    return withHost(this.settings.host, async (host) => use(await this.lookAt(host, previous)));
  }

  private async lookAt(host: Host, previous: Promise<Partial<StackOutputs>>): Promise<Sight> {
    const { settings, prefix } = this;
    const questions = new HostQuestions(host, settings, prefix);
    const directory = new HostDirectory(host, settings.directory);
    const { records } = directory;
    const edge = await records.readEdge();
    refuseRename(prefix, edge?.prefix ?? (await previous).network?.name);
    await questions.checkMachine(edge);
    const observed = await questions.observe();
    refuseMovedNetwork(settings, edge?.subnet ?? (await networkOf(observed, previous))?.subnet);
    const config = (await directory.edge.readConfig()) ?? "";
    // One that was edited by hand counts as none: this update puts its own in place.
    const generation = isAsWritten(config) ? generationOf(config) : "";
    const certificate = await questions.readCertificate();
    const observability = await this.wantedObservability(host, records);
    return new DockerHostSight(host, questions, {
      ...{ settings, prefix, records, observed, edge, generation, certificate, observability },
    });
  }

  /** Null: the stack has none, and nothing of it is loaded. */
  private async wantedObservability(host: Host, records: StackRecords) {
    const { observability } = this.settings;
    if (observability === null) return null;
    const { lookAtObservability } = await import("./lookAtObservability");
    return lookAtObservability(host, records, { ...this.settings, observability }, this.prefix);
  }
}

/** The last outputs are read slowly, so they are only waited for where the host does not know all of the stack. */
async function networkOf(
  observed: ObservedState | null,
  previous: Promise<Partial<StackOutputs>>,
): Promise<StackOutputs["network"] | undefined> {
  return isComplete(observed) ? undefined : (await previous).network;
}

/** What a look has found. */
interface Found {
  readonly settings: Settings;
  readonly prefix: string;
  readonly records: StackRecords;
  readonly observed: ObservedState | null;
  readonly edge: EdgeRecord | null;
  /** Generation of the edge's live configuration. */
  readonly generation: string;
  readonly certificate: EdgeCertificate | null;
  readonly observability: WantedObservability | null;
}

class DockerHostSight implements Sight {
  readonly records: StackRecords;
  readonly observed: ObservedState | null;

  constructor(
    private readonly host: Host,
    private readonly questions: HostQuestions,
    private readonly found: Found,
  ) {
    this.records = found.records;
    this.observed = found.observed;
  }

  examine({ desired, rollout }: Decision): Objections {
    const { questions, found } = this;
    const server = questions.checkDatabaseServer(rollout);
    if (rollout.action !== "deploy") return { declared: Promise.resolve({}), others: [server] };
    return {
      declared: questions.checkImages(desired),
      others: [
        server,
        questions.checkEngine(desired),
        questions.checkCertificate(found.certificate),
      ],
    };
  }

  readHistory(source: RevisionSource): Promise<readonly HistoryRevision[] | null> {
    return this.questions.readHistory(source);
  }

  readUpgradeSql(source: RevisionSource, from: readonly string[]): Promise<string> {
    return this.questions.readUpgradeSql(source, from);
  }

  memoryBytes(): Promise<number | null> {
    return this.questions.memoryBytes();
  }

  async isStatefulUp(service: string, plan: StatefulPlan, volume: string): Promise<boolean> {
    const { isStatefulUp } = await import("../../host/statefulContainers");
    const engine = await this.host.engine();
    return isStatefulUp({ engine, prefix: this.found.prefix, service }, plan, volume);
  }

  register(
    plan: RolloutPlan,
    beside: Parameters<Sight["register"]>[1],
    opts: pulumi.ComponentResourceOptions,
  ): Serving {
    const { settings, prefix, edge, generation, certificate, observability } = this.found;
    const { blue, green } = plan.sets;
    return createServing(
      settings,
      {
        ...{ prefix, plan, ...beside },
        // Nobody is disturbed where nothing serves.
        startsAtOnce: plan.outgoingColor ? startsAtOnce(this.questions.processors) : Infinity,
        // An empty set declares the other one's release: most likely the next one there has the same routes, and then
        // its deploy needs no reload.
        edgeSets: {
          blue: (blue ?? green)?.record ?? null,
          green: (green ?? blue)?.record ?? null,
        },
        liveConfig: {
          generation,
          number: edge?.number ?? 0,
          certificate: certificate && certificate.fingerprint,
        },
        observability,
        look: () => lookAgain(settings, prefix, plan),
      },
      opts,
    );
  }
}

/** Every name on the host begins with the stack's: another one would replace edge and database server. */
function refuseRename(prefix: string, recorded: string | undefined): void {
  if (recorded !== undefined && recorded !== prefix) {
    throw new PlanError(
      `the stack was renamed: its containers on the host are named ${recorded}, but this update would name them ` +
        `${prefix}, and replace the edge and the database server while they serve; go back with \`pulumi stack rename\` ` +
        `to the name before (and \`name:\` in Pulumi.yaml), or destroy the stack first`,
    );
  }
}

/** Every container has an address in the subnet: another one would replace what serves. */
function refuseMovedNetwork(settings: Settings, subnet: string | undefined): void {
  if (subnet !== undefined && subnet !== settings.subnet) {
    throw new PlanError(
      `maestro:network.subnet: cannot change while containers have addresses in ${subnet}, got ${settings.subnet}; ` +
        `set it back, or destroy the stack first`,
    );
  }
}
