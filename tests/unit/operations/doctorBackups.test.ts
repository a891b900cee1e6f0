import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { localHost } from "../../../host/localHost";
import { backups } from "../../../operations/doctor/backups";
import { patientOf } from "../../../operations/doctor/examination";
import { backupName, manifestFile } from "../../../rules/backups/manifest";
import { settingsWith } from "../../support/fixtures";

let to: string;
let stored: string;

beforeEach(() => {
  to = mkdtempSync(path.join(tmpdir(), "maestro-doctor-"));
  const patient = patientOf("demo", settingsWith(), () => Promise.resolve(localHost));
  stored = path.join(to, patient.prefix);
  mkdirSync(stored);
});

afterEach(() => rmSync(to, { recursive: true }));

function look(maxAge?: string) {
  const wanted = { to, encrypt: "none", ...(maxAge === undefined ? {} : { maxAge }) };
  const settings = settingsWith({ "config.backups": wanted });
  return backups.look(patientOf("demo", settings, () => Promise.resolve(localHost)));
}

function store(hours: number): string {
  const name = backupName(new Date(Date.now() - hours * 3_600_000), "3f2a");
  writeFileSync(path.join(stored, manifestFile(name)), "{}");
  return name;
}

it("nothing is said of a stack that is not backed up", async () => {
  const patient = patientOf("demo", settingsWith(), () => Promise.resolve(localHost));
  expect(await backups.look(patient)).toEqual([]);
});

it("no backup, and one that was never finished, is a warning", async () => {
  writeFileSync(path.join(stored, "20260901T120000Z-3f2a.orders.dump"), "");
  expect(await look()).toMatchObject([
    { condition: "warning", says: "there is none yet", mend: "maestro backup take --stack demo" },
  ]);
});

it("the newest backup counts, and is bad from the age on that is configured", async () => {
  store(100);
  const name = store(27.5);
  const says = `the newest is 27 hours old: ${name}`;
  expect(await look()).toMatchObject([{ condition: "good", says }]);
  expect(await look("28h")).toMatchObject([{ condition: "good", says }]);
  expect(await look("26h")).toMatchObject([
    { condition: "bad", says: `${says}, and is to be 26 hours at most` },
  ]);
});
