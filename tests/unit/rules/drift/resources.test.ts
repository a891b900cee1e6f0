import type { PreviewStep } from "../../../../rules/delivery/preview";
import { resources } from "../../../../rules/drift/resources";
import { driftFacts } from "../../../support/driftFacts";

const TYPE = "docker:index/container:Container";

it.each([
  ["the gate", 102, 1024, ["cpuShares"], 0],
  ["somebody else", 102, 2, ["cpuShares"], 1],
  ["somebody else, who takes it back,", 1024, 102, ["cpuShares"], 1],
  ["somebody else, with more", 102, 1024, ["cpuShares", "memory"], 1],
])(
  "a share of the processor that %s has given (%d to %d)",
  (_, before, after, diffReasons, count) => {
    const state = (cpuShares: number) => ({ type: TYPE, outputs: { cpuShares } });
    const step: PreviewStep = {
      ...{ op: "update", urn: `urn:pulumi:demo::shop::${TYPE}::green-web-0`, diffReasons },
      ...{ oldState: state(before), newState: state(after) },
    };
    expect(resources.find(driftFacts({ resources: [step] }))).toHaveLength(count);
  },
);
