import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { otherColor } from "../release/release";
import {
  describeApiChange,
  readApiChanges,
  type ApiChange,
  type ApiSettings,
} from "../rules/health/apiChange";
import { HostError } from "../rules/host/asking";
import type { ServiceHealthGate } from "../rules/health/healthGate";
import type { CheckedSet, Check, Finding } from "./check";
import { runOasdiff } from "./oasdiff";

/** More is no document that people have written or that a framework makes of what they have written. */
const MAXIMUM_BYTES = 10_000_000;
const IS_DOCUMENT = /["']?openapi["']?\s*:\s*["']?3\.\d/;
/** So many are named; the rest is counted. */
const NAMED = 10;

/**
 * Clients of the release that serves can go on with the new one: no breaking change between their OpenAPI documents, except
 * those that are accepted. The document of a release stays in the stack's records, so what serves is not asked for it.
 *
 * A release that users have had before is never kept in: going back must wait neither for its API's newer clients, nor for a
 * document that it may not have had, nor for oasdiff.
 */
export function apiChangesCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "API changes",
    moment: "first",
    async look(checked) {
      const { hands, set } = checked;
      const asked = Object.entries(services).flatMap(([service, { openapi }]) =>
        openapi && service in set.record.services ? [{ service, openapi }] : [],
      );
      const read = await Promise.all(
        asked.map(({ service, openapi }) => readDocument(checked, service, openapi)),
      );
      const documents = Object.fromEntries(
        asked.flatMap(({ service }, at) =>
          typeof read[at] === "string" ? [[service, read[at]]] : [],
        ),
      );
      const release = set.record.id;
      // Of a release whose services are proven one by one, those that were proven before are there already.
      const kept = await hands.records.readApis(set.color);
      const others = kept?.release === release ? kept.documents : {};
      const keep = () =>
        hands.records.writeApis(set.color, { release, documents: { ...others, ...documents } });
      if (await hands.records.events.hasServed(set.record.id)) {
        await keep();
        return [];
      }
      const missing = read.flatMap((document) => (typeof document === "string" ? [] : [document]));
      if (missing.length > 0) return missing;
      const serving = await servingDocuments(checked);
      const found = await Promise.all(
        asked.map(({ service, openapi }) =>
          compare(service, openapi, serving[service], documents[service]!),
        ),
      );
      await keep();
      return found.flat();
    },
  };
}

/** @returns the document, or why there is none. */
async function readDocument(
  { hands, set }: CheckedSet,
  service: string,
  { path: at }: ApiSettings,
): Promise<string | Finding> {
  const bounds = { maxBodyBytes: MAXIMUM_BYTES + 1 };
  const request = { method: "GET", path: at, headers: {}, body: null, bounds };
  const part = { service, replica: 0 };
  const answer = await hands.request(set, service, request).catch((error: unknown) => {
    if (error instanceof HostError) throw error;
    return (error as Error).message;
  });
  if (typeof answer === "string")
    return { says: `${at} gives no OpenAPI document: ${answer}`, part };
  const { status, body } = answer;
  if (status !== 200) return { says: `${at} answers ${status}, wanted the OpenAPI document`, part };
  // oasdiff takes any object for a document without paths.
  if (!IS_DOCUMENT.test(body)) return { says: `${at} answers no OpenAPI 3 document`, part };
  return Buffer.byteLength(body) > MAXIMUM_BYTES
    ? { says: `${at} answers more than ${MAXIMUM_BYTES} bytes, wanted an OpenAPI document`, part }
    : body;
}

/** What the release that serves has said of its services; without those that were not asked then. */
async function servingDocuments({
  hands: { records },
  set: { color },
}: CheckedSet): Promise<Readonly<Record<string, string>>> {
  const serving = otherColor(color);
  const kept = await records.readApis(serving);
  const held = await records.readPlacement(serving);
  return kept && held?.record.id === kept.release ? kept.documents : {};
}

async function compare(
  service: string,
  { path: at, accept }: ApiSettings,
  serving: string | undefined,
  own: string,
): Promise<Finding[]> {
  if (serving === undefined) {
    console.log(`${service}: no document of what serves is on record, so ${at} is the first one`);
  }
  // The first one is read all the same: a later release could not be compared with what is none.
  const { forward, back, problem } = await diff(serving ?? own, own);
  if (problem !== null)
    return [{ says: `${at} cannot be compared: ${problem}`, part: { service, replica: 0 } }];
  const breaking = forward.filter(({ fingerprint }) => !accept.includes(fingerprint));
  if (back.length > 0) {
    console.log(
      `${service}: whoever uses what is new in this release is lost after a rollback: ${nameSome(back)}`,
    );
  }
  if (breaking.length === 0) return [];
  const ids = breaking.map(({ fingerprint }) => `"${fingerprint}"`).join(", ");
  return [
    {
      says:
        `${service}: ${breaking.length} breaking changes for its clients: ${nameSome(breaking)}; if they have agreed, ` +
        `set healthGate.openapi.accept of ${service} to [${ids}]`,
    },
  ];
}

function nameSome(changes: readonly ApiChange[]): string {
  const more = changes.length > NAMED ? `; and ${changes.length - NAMED} more` : "";
  return changes.slice(0, NAMED).map(describeApiChange).join("; ") + more;
}

/** Changes in both directions: clients meet the new release first, and the old one after a rollback. */
async function diff(
  serving: string,
  own: string,
): Promise<{
  forward: readonly ApiChange[];
  back: readonly ApiChange[];
  problem: string | null;
}> {
  const directory = await mkdtemp(path.join(tmpdir(), "maestro-api-"));
  try {
    await writeFile(path.join(directory, "serving"), serving, { mode: 0o600 });
    await writeFile(path.join(directory, "new"), own, { mode: 0o600 });
    const [forward, back] = await Promise.all([
      runOasdiff(directory, "serving", "new"),
      runOasdiff(directory, "new", "serving"),
    ]);
    if ("problem" in forward) return { forward: [], back: [], problem: forward.problem };
    const backward = "problem" in back ? [] : readApiChanges(back.output);
    return { forward: readApiChanges(forward.output), back: backward, problem: null };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
