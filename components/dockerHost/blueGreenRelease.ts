import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings, RolloutSettings } from "../../config/settings";
import { firstStep, type CanarySettings } from "../../release/canary";
import type { Color } from "../../release/release";
import type { BackupSettings } from "../../rules/backups/backupSettings";
import type { HealthGateSettings } from "../../rules/health/healthGate";
import type { HostAddress } from "../../rules/host/hostAddress";
import { hasMigrations } from "../../rules/database/migrationServices";
import type { GateOverride, GateSettings } from "../../rules/gates/gateSettings";
import type { ChannelSettings } from "../../rules/notices/channels";
import type { MigrationSettings } from "../../rules/stepInput";
import { observedOutcome, unmovedOutcome, type Outcome } from "../../release/outcome";
import { COLORS } from "../../release/release";
import type { ObservedState, RolloutPlan, SetPlan } from "../../release/rolloutPlan";
import { deliveredSecrets, type SecretsSettings } from "../../rules/serviceSecrets";
import { ContainerSet } from "./containerSet";
import { DatabaseMigration } from "./databaseMigration";
import { createOperation } from "../hostOperation";
import { stepCommand } from "../../config/stepCommand";
import type { SecretVariables } from "../../rules/serviceSecrets";

export interface BlueGreenReleaseArgs {
  readonly plan: RolloutPlan;
  readonly prefix: string;
  /** The Docker host; null: this machine. */
  readonly host: HostAddress | null;
  readonly registry: RegistrySettings;
  readonly directory: string;
  readonly subnet: string;
  /** How many containers of a set are replaced and started at once. */
  readonly startsAtOnce: number;
  readonly network: string;
  readonly edgeUrl: string;
  readonly previewUrl: string;
  readonly rollout: RolloutSettings;
  /** What a set must show before users get it, beside its health checks; null: nothing. */
  readonly healthGate: HealthGateSettings | null;
  /** Who is told what has happened; null: nobody. */
  readonly notices: readonly ChannelSettings[] | null;
  /** What must let a release out; null: nothing. */
  readonly gates: GateSettings | null;
  readonly override: GateOverride | null;
  readonly stack: string;
  readonly secrets: SecretsSettings;
  /** Per set: values of secrets that services want in plain variables. */
  readonly secretVariables: SecretVariables;
  readonly migrations: MigrationSettings;
  /** Where a backup goes before them; null: nowhere. */
  readonly backups: BackupSettings | null;
  /** The stack's own database server; null: it has none. */
  readonly postgres: pulumi.Resource | null;
  /** Whether `pulumi destroy` is refused until somebody has run `pulumi state unprotect`. */
  readonly protect: boolean;
  /** Asks the host what serves and what waits, once the switch has run. */
  readonly look: () => Promise<ObservedState | null>;
  /** The edge: it must know both sets' routes before the gate can ask through it. */
  readonly edge: pulumi.Resource;
  /** Stateful services, which the release's may need. */
  readonly beside: readonly pulumi.Resource[];
}

/**
 * Carries out a rollout plan: the desired release goes to the idle set, is proven there, and then takes the traffic.
 * The active set is registered too, so that it stays, but nothing in here can change it.
 *
 * Order: claim -> secrets -> migrations -> containers -> gate -> switch; each waits for the one before and stops the update when it fails.
 */
export class BlueGreenRelease extends pulumi.ComponentResource {
  /**
   * What serves once the switch has run, or was left out: asked, never taken from the plan. A part of an update
   * (`--target`) ends without a move, and must not say otherwise. Null: nothing serves.
   */
  public readonly outcome: pulumi.Output<Outcome | null>;

  constructor(
    name: string,
    args: BlueGreenReleaseArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:BlueGreenRelease", name, {}, opts);
    const { plan } = args;
    const sets = COLORS.flatMap((color) => createSet(color, args, { parent: this }));
    // Everything else is before it, so `pulumi destroy`, which starts at the end, gets no further than this. Containers
    // cannot keep it out right after a move of the traffic (docs/decisions/01).
    const switchOpts = { parent: this, dependsOn: [args.edge, ...sets], protect: args.protect };
    const switched = createSwitch(name, args, switchOpts);
    // Its id is known where it was left out of the update too; a preview knows nothing before the move.
    const after: pulumi.Output<unknown> = pulumi.runtime.isDryRun()
      ? switched.stdout
      : switched.urn;
    this.outcome = after.apply(async () =>
      plan.action === "none" ? unmovedOutcome(plan) : observedOutcome(await args.look()),
    );
    this.registerOutputs({ activeColor: this.outcome.apply((known) => known?.activeColor) });
  }
}

/** A set with its claim before and its gate behind it; nothing for a set that is to be empty. */
function createSet(
  color: Color,
  args: BlueGreenReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const setPlan = args.plan.sets[color];
  if (!setPlan) return [];
  const { record, touch, protect, placement } = setPlan;
  const { previewUrl, prefix, network, subnet, startsAtOnce, healthGate } = args;
  const kept = touch ? {} : { ignoreChanges: ["*"] };
  const rolls = rollsTo(color, args);
  const common = { ...stackOnHost(args), color, placement };
  const byService = rolls ? { rolling: true as const } : {};
  const claim = createOperation(
    `${color}-claim`,
    "claimSet",
    { ...common, record, ...pullFrom(args.registry), ...byService },
    { ...opts, ...kept, dependsOn: [args.edge, ...args.beside] },
  );
  const delivery = createDelivery(color, args, setPlan, { ...opts, ...kept, dependsOn: [claim] });
  const migration = createMigration(color, args, setPlan, [claim, ...delivery], opts);
  const set = new ContainerSet(
    color,
    {
      color,
      record,
      touch,
      protect,
      rolls,
      prefix,
      network,
      subnet,
      startsAtOnce,
      secretsDirectory: args.secrets.directory,
      secretVariables: args.secretVariables[color],
      after: [claim, ...delivery, ...migration],
    },
    opts,
  );
  const gate = createOperation(
    `${color}-gate`,
    "healthGate",
    {
      ...{ ...common, release: record.id, previewUrl },
      ...(healthGate && { healthGate }),
      ...(healthGate?.shadow && { edgeUrl: args.edgeUrl }),
      ...byService,
    },
    {
      ...opts,
      ...kept,
      dependsOn: [set],
    },
  );
  return [claim, set, gate];
}

/** The databases of a set's release; nothing for a release without any. */
function createMigration(
  color: Color,
  args: BlueGreenReleaseArgs,
  { record, placement, touch }: SetPlan,
  after: pulumi.Resource[],
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  if (!hasMigrations(record)) return [];
  const { prefix, directory, host, stack, secrets, migrations, backups, postgres } = args;
  const common = { prefix, directory, host, stack, secrets, migrations, backups, postgres };
  return [
    new DatabaseMigration(
      `${color}-migration`,
      { ...common, color, record, placement, touch, after },
      opts,
    ),
  ];
}

/**
 * The files of a set's secrets; nothing for a release without any. Its input names versions and holds no value. The
 * resource goes, and the files with it, after the set's containers; another directory is another resource.
 */
function createDelivery(
  color: Color,
  args: BlueGreenReleaseArgs,
  { record, placement }: SetPlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const services = deliveredSecrets(record);
  if (Object.keys(services).length === 0) return [];
  const { stack, secrets } = args;
  const input = { ...stackOnHost(args), stack, color, placement, secrets, services };
  return [
    createOperation(`${color}-secrets`, "deliverSecrets", input, opts, {
      delete: stepCommand("removeSecrets"),
      triggers: [secrets.directory],
    }),
  ];
}

/**
 * The traffic. Its input changes with every planned move (and with no other update), so that a move which a killed
 * update made or missed is always made good.
 */
function createSwitch(
  name: string,
  args: BlueGreenReleaseArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const { plan, edgeUrl, previewUrl, rollout, gates, healthGate } = args;
  const color = plan.activeColor;
  return createOperation(
    `${name}-switch`,
    "switchTraffic",
    {
      ...stackOnHost(args),
      color,
      release: plan.sets[color]!.record.id,
      switchNumber: plan.switchNumber,
      edgeUrl,
      previewUrl,
      ...rollout,
      ...(rollout.canary && canaryFrom(rollout.canary, plan)),
      ...(rollout.rolling && healthGate && { healthGate }),
      ...(gates && { gates: { stack: args.stack, settings: gates, override: args.override } }),
    },
    opts,
  );
}

/** Whether a set gets its services one by one: something serves that they take the place of. */
function rollsTo(color: Color, { plan, rollout }: BlueGreenReleaseArgs): boolean {
  return rollout.rolling === true && ![null, color].includes(plan.outgoingColor);
}

/** Each step of a canary is another input, so that the next update runs the switch again. */
function canaryFrom(settings: CanarySettings, { activeColor, sets, canary }: RolloutPlan) {
  const from = firstStep(settings, sets[activeColor]!.record.id, canary ?? null);
  return from > 0 ? { canaryFrom: from } : {};
}

/** Whose login a pull needs is not to be seen from another address than ECR's own. */
function pullFrom({ kind, address, endpoint }: RegistrySettings) {
  return kind === "ecr" && endpoint !== address ? { registry: { address, endpoint } } : {};
}

/** What every operation is told; a stack on this machine says nothing of a host. */
function stackOnHost({ prefix, directory, host, notices, stack }: BlueGreenReleaseArgs) {
  return {
    ...{ prefix, directory, ...(host ? { host } : {}) },
    ...(notices ? { notices: { stack, channels: notices } } : {}),
  };
}
