/**
 * Index of each throwaway stack, 0 to 35. It gives the stack ports of its own, ten from 18080 + 10 * index, and a
 * subnet, 10.<219 + index>.0.0/16. Files that run at the same moment must not share one.
 */
export const STACK_INDICES = {
  "itest-release": 0,
  // Runs before the tests that have the machine for themselves.
  "itest-frontends": 0,
  // A measurement, which no test runs beside.
  "bench-page": 0,
  // Has the machine for itself.
  "itest-drift": 0,
  // A security test: they have ended before all others begin.
  "itest-rules": 0,
  "itest-kill": 1,
  // Runs before the tests that have the machine for themselves.
  "itest-troubles": 1,
  "itest-faults": 2,
  "itest-notices": 2,
  "itest-edge": 3,
  // Runs before the tests that have the machine for themselves.
  "itest-flows": 3,
  "itest-aws": 4,
  "itest-keep": 5,
  "itest-approvals": 5,
  "itest-aws-identity": 6,
  // The same load; `make test` runs the first, `npm run load` the second.
  "itest-load": 7,
  load: 7,
  // Runs before the tests that have the machine for themselves.
  "itest-shares": 7,
  // A measurement, which no test runs beside.
  bench: 8,
  "itest-guides": 8,
  // A measurement, which no test runs beside.
  "bench-scale": 9,
  "itest-plugin": 9,
  "itest-secrets": 10,
  "itest-canary": 11,
  "itest-migrate": 12,
  // Runs after it.
  "itest-depth": 12,
  "itest-migfault": 13,
  // Has the machine for itself.
  "itest-rolling": 13,
  "bench-migrate": 14,
  "itest-traffic": 14,
  "itest-hosts": 15,
  "itest-vault": 16,
  "itest-way-demo": 17,
  "itest-way-production": 18,
  "itest-destroy": 19,
  "itest-harm": 20,
  // Runs before the tests that have the machine for themselves.
  "itest-pipes": 20,
  // Of `npm run faults` alone, which no test runs beside.
  harm: 21,
  "itest-health": 21,
  "itest-hardening": 22,
  // The security tests have ended by then.
  "itest-access": 22,
  // Has the machine for itself.
  "itest-operations": 22,
  // Has the machine for itself.
  "itest-stateful": 22,
  // Has the machine for itself.
  "itest-by-hand": 22,
  // Have the machine for themselves; one index on purpose, the second one has addresses of its own.
  "itest-prune": 22,
  "itest-prune-other": 22,
  "itest-input": 23,
  // Runs before the tests that have the machine for themselves.
  "itest-delivery": 23,
  "itest-volumes": 24,
  "itest-aws-demo": 25,
  "itest-aws-production": 26,
  // One index on purpose: the test is about what happens then.
  "itest-two-acme": 27,
  "itest-two-bolt": 27,
  "itest-instance": 28,
  // The instance has gone by then.
  "itest-certificates": 28,
  "itest-project": 29,
  "itest-harm-first": 30,
  // Runs before the tests that have the machine for themselves.
  "itest-pipes-live": 30,
  "itest-partial": 31,
  "itest-foreign": 32,
  "itest-sharing": 33,
  "itest-logins": 34,
  // Has the machine for itself.
  "itest-observability": 34,
  "itest-migback": 35,
  // Among the tests that have the machine for themselves.
  "itest-backups": 35,
} as const;

/** A stack that tests or measurements may make. */
export type StackName = keyof typeof STACK_INDICES;
