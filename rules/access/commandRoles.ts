import type { Role } from "./roles";

/**
 * The role that each command for people needs. `viewer` is everybody: such a command changes nothing of a stack, asks for
 * no role and is not put on record. All others are refused to who has not the role, and are put on record before they begin.
 */
export const COMMAND_ROLES: Readonly<Record<string, Role>> = {
  images: "operator",
  status: "viewer",
  restart: "operator",
  top: "viewer",
  exec: "operator",
  console: "operator",
  // Without `--fix` it only looks.
  doctor: "operator",
  prune: "operator",
  logs: "viewer",
  "plan-comment": "viewer",
  drift: "viewer",
  approve: "approver",
  rollback: "operator",
  "maintenance on": "operator",
  "maintenance off": "operator",
  pause: "operator",
  resume: "operator",
  block: "operator",
  throttle: "operator",
  unblock: "operator",
  "rollout status": "viewer",
  "rollout pause": "operator",
  "rollout resume": "operator",
  "rollout promote": "operator",
  "rollout abort": "operator",
  "history show": "viewer",
  "history verify": "viewer",
  "history export": "viewer",
  "history prune": "admin",
  "releases list": "viewer",
  "releases verify": "viewer",
  "releases accept": "admin",
  "metrics serve": "viewer",
  "metrics unit": "viewer",
  "observability render": "viewer",
  report: "viewer",
  dashboard: "viewer",
  judge: "viewer",
  "notices test": "operator",
  "notices send": "operator",
  unlock: "operator",
  "secrets list": "viewer",
  "secrets set": "operator",
  "secrets import": "operator",
  "secrets generate": "operator",
  "secrets rotate": "operator",
  "secrets restore": "operator",
  "secrets diff": "viewer",
  "secrets deliver": "operator",
  "certificate show": "viewer",
  "certificate renew": "operator",
  "certificate unit": "viewer",
  env: "viewer",
  "migrate status": "viewer",
  "migrate plan": "viewer",
  "migrate up": "operator",
  "migrate batch": "operator",
  // What was written since is lost.
  "migrate down": "admin",
  "migrate history": "viewer",
  "migrate create": "operator",
  "migrate merge": "operator",
  "migrate backup": "operator",
  "migrate restore": "admin",
  "migrate secrets": "operator",
  "backup take": "operator",
  "backup list": "viewer",
  // It makes databases, beside those in use.
  "backup verify": "operator",
  "backup key": "viewer",
  "backup unit": "viewer",
  restore: "admin",
  "stateful list": "viewer",
  "stateful update": "operator",
  // Services that use it find it no more.
  "stateful remove": "admin",
  "packages publish": "operator",
  "packages list": "viewer",
  "packages verify": "viewer",
  "packages lock": "operator",
  // A project that is not there yet has no rules.
  init: "viewer",
  setup: "admin",
  // Of the machine, and so of all its stacks.
  leave: "admin",
  completion: "viewer",
};

/** Commands that need no host of the stack for what they do, and must not wait for one only to put it on record. */
export const WITHOUT_HOST: readonly string[] = [
  "images",
  "approve",
  "packages publish",
  "packages lock",
  "migrate create",
  "migrate merge",
  "setup",
  "leave",
];

/** The role that a command needs, as it is called; a preview changes nothing. */
export function roleFor(command: string, isPreview = false): Role {
  const role = COMMAND_ROLES[command];
  if (role === undefined)
    throw new Error(`${command}: has no role in rules/access/commandRoles.ts`);
  return isPreview ? "viewer" : role;
}
