import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { localHost } from "../../../host/localHost";
import { patientOf } from "../../../operations/doctor/examination";
import { lock } from "../../../operations/doctor/lock";
import { settingsWith } from "../../support/fixtures";

const backend = process.env["PULUMI_BACKEND_URL"];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-doctor-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  if (backend === undefined) delete process.env["PULUMI_BACKEND_URL"];
  else process.env["PULUMI_BACKEND_URL"] = backend;
});

function patient() {
  const settings = settingsWith({ "config.directory": directory });
  return patientOf("demo", settings, () => Promise.resolve(localHost));
}

async function begin(seconds: number): Promise<string> {
  const since = new Date(Date.now() - seconds * 1000).toISOString();
  const { records } = await patient().directory();
  await records.holds.beginUpdate({ release: "ec9ddeeb33f4", by: "ada", since });
  return since;
}

it("an update whose lock is elsewhere is told by its note, and that it may be of one that was killed", async () => {
  process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
  expect(await lock.look(patient())).toEqual([]);
  const since = await begin(60);
  const says = `the update to release ec9ddeeb33f4 by ada has run since ${since}`;
  expect(await lock.look(patient())).toEqual([{ condition: "good", says }]);
  const { records } = await patient().directory();
  await records.holds.endUpdate();
  await begin(600);
  expect(await lock.look(patient())).toMatchObject([
    {
      condition: "warning",
      says: expect.stringMatching(/ by ada has run since \S+, and was last heard of at /) as string,
      mend: "maestro unlock --stack demo",
    },
  ]);
  process.env["PULUMI_BACKEND_URL"] = `file://${directory}`;
  expect(await lock.look(patient())).toMatchObject([{ says: "no update runs" }]);
});
