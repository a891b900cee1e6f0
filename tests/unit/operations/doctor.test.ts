import {
  examine,
  inParts,
  patientOf,
  type Examination,
} from "../../../operations/doctor/examination";
import { moduleExaminations } from "../../../operations/doctor/modules";
import { HostError } from "../../../rules/host/asking";
import { settingsWith } from "../../support/fixtures";

const unreachable = () => Promise.reject(new HostError("ssh://demo: connection refused"));
const patient = patientOf("demo", settingsWith(), unreachable);
const looks = (name: string, look: Examination["look"]): Examination => ({ name, look });

describe("an examination", () => {
  it("that fails, or throws at once, is a finding, and the others go on", async () => {
    const found = await examine(
      [
        looks("clock", () => Promise.reject(new Error("no clock"))),
        looks("disk", () => {
          throw new Error("no disk");
        }),
        looks("edge", () => Promise.resolve([{ condition: "good", says: "serves" }])),
      ],
      patient,
    );
    expect(found).toEqual([
      { name: "clock", findings: [{ condition: "unknown", says: "no clock" }] },
      { name: "disk", findings: [{ condition: "unknown", says: "no disk" }] },
      { name: "edge", findings: [{ condition: "good", says: "serves" }] },
    ]);
  });

  it("that takes too long is not waited for", async () => {
    const found = await examine([looks("edge", () => new Promise(() => undefined))], patient, 10);
    expect(found).toEqual([
      { name: "edge", findings: [{ condition: "unknown", says: "no answer within 0.01 s" }] },
    ]);
  });

  it("of a host that cannot be reached says so once, and what of it is not known", async () => {
    const look: Examination["look"] = async ({ host }) => [
      { condition: "good", says: (await host()).name },
    ];
    const found = await examine([looks("host", look), looks("engine", look)], patient);
    expect(found).toEqual([
      { name: "host", findings: [{ condition: "bad", says: "ssh://demo: connection refused" }] },
      {
        name: "engine",
        findings: [{ condition: "unknown", says: "the host cannot be reached" }],
      },
    ]);
  });

  it("of a project's own has its module's name, and there is none without one", () => {
    expect(moduleExaminations(settingsWith())).toEqual([]);
    const checks = [{ module: "checks/tunnel.js" }];
    const own = moduleExaminations(settingsWith({ "config.doctor": { checks } }));
    expect(own.map(({ name }) => name)).toEqual(["checks/tunnel.js"]);
  });
});

it.each([
  [
    "edge.listen: is taken; stop that, or take another",
    "edge.listen: is taken",
    "stop that, or take another",
  ],
  ["it is down", "it is down", undefined],
  ["one; two; three", "one", "two; three"],
])("%s is what is wrong and what to do", (message, says, mend) => {
  expect(inParts(message)).toEqual({ says, ...(mend && { mend }) });
});
