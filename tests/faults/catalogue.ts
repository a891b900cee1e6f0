import { CLOCK_FAULTS } from "./clockFaults";
import { DEPLOYER_FAULTS } from "./deployerFaults";
import { ENGINE_FAULTS } from "./engineFaults";
import type { Fault, FaultElsewhere } from "./fault";
import { FIRST_DEPLOY_FAULTS } from "./firstDeployFaults";
import { GATE_FAULTS } from "./gateFaults";
import { KILL_FAULTS } from "./killFaults";
import { OBSERVER_FAULTS } from "./observerFaults";
import { REGISTRY_FAULTS } from "./registryFaults";
import { SERVING_FAULTS } from "./servingFaults";

/** Every fault that this suite makes. */
export const FAULTS: readonly Fault[] = [
  ...GATE_FAULTS,
  ...REGISTRY_FAULTS,
  ...SERVING_FAULTS,
  ...DEPLOYER_FAULTS,
  ...KILL_FAULTS,
  ...FIRST_DEPLOY_FAULTS,
  ...CLOCK_FAULTS,
  ...OBSERVER_FAULTS,
  ...ENGINE_FAULTS,
];

const integration = (name: string) => `tests/integration/${name}.test.ts`;

/** Every other one of the list, and why it is not here. */
export const FAULTS_ELSEWHERE: readonly FaultElsewhere[] = [
  {
    id: "F5",
    title: "the error rate rises after the switch",
    where: `${integration("traffic")}, ${integration("trafficTroubles")}, ${integration("canary")}`,
  },
  {
    id: "F7",
    title: "nginx's configuration is invalid",
    where: integration("developmentEdgeReload"),
  },
  { id: "F11", title: "the registry is down", where: integration("developmentFaults") },
  {
    id: "F14",
    title: "a tag moves during an update",
    where: "cannot happen: images are named by digest alone",
  },
  { id: "F15", title: "an image for another platform", where: integration("awsDemo") },
  {
    id: "F18",
    title: "the SSH connection is cut",
    where: `${integration("hostsStack")}, ${integration("hostsConnection")}`,
  },
  { id: "F19", title: "the SSH host's key changes", where: integration("hostsStack") },
  { id: "F20", title: "sshd allows two sessions", where: integration("hostsStack") },
  {
    id: "F21",
    title: "one of several hosts cannot be reached",
    where: "cannot happen: a stack has one host",
  },
  {
    id: "F31",
    title: "a container is removed or stopped by hand",
    where: integration("developmentKeep"),
  },
  {
    id: "F32",
    title: "a secret is missing, forbidden, malformed or empty",
    where: `${integration("secretsAws")}, tests/unit/secretStore/aws.test.ts`,
  },
  {
    id: "F33",
    title: "a secret is rotated, then rolled back",
    where: `${integration("secretsAws")}, ${integration("awsWhole")}`,
  },
  { id: "F34", title: "a migration fails half-way", where: integration("migrationsFaults") },
  {
    id: "F35",
    title: "a migration is killed, or its lock is held",
    where: integration("migrationsFaults"),
  },
  {
    id: "F36",
    title: "a rollback to a release that does not know the schema",
    where: integration("migrations"),
  },
  {
    id: "F38",
    title: "the source of metrics is down",
    where: integration("trafficTroubles"),
  },
  { id: "F39", title: "the notifier is down", where: integration("notices") },
  {
    id: "F40",
    title: "a question at the gate is never answered",
    where: `${integration("approvals")}, tests/unit/gates/askGates.test.ts`,
  },
  {
    id: "F41",
    title: "slow requests and streams at the switch",
    where: "tests/load, in every profile",
  },
  { id: "F44", title: "a container's name is taken", where: integration("developmentFaults") },
  {
    id: "F48",
    title: "Jaeger is killed, too",
    where: "`npm run observability:full`, which has it built",
  },
];
