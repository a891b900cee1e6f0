import { PolicyPack } from "@pulumi/policy";
import { RULES } from "./rules";

/** Each rule of {@link RULES} as a mandatory policy: a resource that breaks one stops preview and update. */
new PolicyPack("maestro", {
  policies: RULES.map(({ name, description, check }) => ({
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: ({ type, props, opts }, reportViolation) => {
      check({ type, props, protect: opts.protect }).forEach((problem) => reportViolation(problem));
    },
  })),
});
