import { formatPath, place, quote, type Partly } from "./checkSchema";
import type { ParsedStack } from "./schemas/stack";
import type { ListenAddress } from "./settings";
import { findTlsProblems } from "./tlsRules";

type Listener = Partly<ListenAddress>;

/**
 * What must hold between the fields of a stack's configuration.
 *
 * @param given which keys the stack has, also those of its `edge.tls`: one that is wrong is there all the same.
 */
export function checkStackRules(stack: Partly<ParsedStack>, given: ReadonlySet<string>): string[] {
  return [
    ...findListenClashes(stack),
    ...findTlsProblems(stack, given),
    ...findObserverProblems(stack, given),
    ...findHostProblems(stack),
    ...findReleaseProblems(stack, given),
    ...findPromotionProblems(stack, given),
    ...findScanProblems(stack),
    ...findIdentityProblems(stack),
  ];
}

/**
 * A release is named, or promoted; only a registry that the stack makes itself may come before the first one.
 *
 * @param given which keys the stack has: one that is wrong is there all the same.
 */
function findReleaseProblems(
  { promoteFrom, registry }: Partly<ParsedStack>,
  given: ReadonlySet<string>,
): string[] {
  if (!given.has("promoteFrom")) {
    return [
      ...(given.has("release") || !given.has("registry") || registry?.kind !== "local"
        ? []
        : ["release: is required; run `npm run images`, which writes the digests"]),
      ...(given.has("pinReason")
        ? ["pinReason: is only for a stack with promoteFrom; remove it"]
        : []),
    ];
  }
  if (promoteFrom == null) return [];
  if (given.has("release") && !given.has("pinReason") && !given.has("settingsFrom")) {
    const way = "say why in pinReason, or remove release to take the promoted one";
    return [`release: stands in the way of what is promoted from ${promoteFrom}; ${way}`];
  }
  return given.has("pinReason") && !given.has("release")
    ? ["pinReason: there is no release it could be about; pin one in release, or remove it"]
    : [];
}

function findPromotionProblems(
  { gates }: Partly<ParsedStack>,
  given: ReadonlySet<string>,
): string[] {
  return gates?.promotion && !given.has("promoteFrom")
    ? ["gates.promotion: is only for a stack with promoteFrom; set it, or remove this"]
    : [];
}

function findScanProblems({ gates, registry }: Partly<ParsedStack>): string[] {
  return gates?.scans?.source === "ecr" && registry?.kind === "local"
    ? ['gates.scans.source: is only for a stack with its images in ECR, got "ecr"; use reports']
    : [];
}

/** Roles are told apart, and what they may read is named, by the registry's account and region. */
function findIdentityProblems({ identity, registry }: Partly<ParsedStack>): string[] {
  if (!identity || registry?.kind !== "local") {
    const { environment, previewEnvironment } = identity?.github ?? {};
    return environment != null && environment === previewEnvironment
      ? [
          "identity.github.previewEnvironment: is environment too, so a preview could release; choose another one",
        ]
      : [];
  }
  return ["identity: is only for a stack with its images in ECR; set registry.kind, or remove it"];
}

function findListenClashes({ edge, observability }: Partly<ParsedStack>): string[] {
  const listeners: [string, Listener | undefined][] = [
    ["edge.listen", edge?.listen],
    ["edge.preview", edge?.preview],
    ["edge.tls.listen", edge?.tls?.listen],
    ["observability.prometheus.listen", observability?.prometheus?.listen],
    ["observability.alertmanager.listen", observability?.alertmanager?.listen],
    ["observability.victoriaLogs.listen", observability?.victoriaLogs?.listen],
    ["observability.loki.listen", observability?.loki?.listen],
    ["observability.jaeger.listen", observability?.jaeger?.listen],
  ];
  return listeners.flatMap(([name, listener], index) => {
    const taken = listeners.slice(0, index).find(([, other]) => clash(listener, other));
    return taken === undefined
      ? []
      : [
          place(
            name.split("."),
            `uses the port of ${taken[0]}, got ${showListener(listener)}; choose another port`,
            formatPath,
          ),
        ];
  });
}

/** Which servers a profile has. Traces are begun at the edge: without that nothing would ever come to Jaeger. */
function findObserverProblems(
  { edge, observability }: Partly<ParsedStack>,
  given: ReadonlySet<string>,
): string[] {
  const say = (key: string, message: string) => place(["observability", key], message, formatPath);
  const { profile, victoriaLogs, loki, jaeger } = observability ?? {};
  if (profile === "minimal") {
    const stray = "is only for the profile full; set profile: full, or remove it";
    return [
      ...(victoriaLogs === undefined ? [] : [say("victoriaLogs", stray)]),
      ...(loki === undefined ? [] : [say("loki", stray)]),
      ...(jaeger === undefined ? [] : [say("jaeger", stray)]),
    ];
  }
  if (profile !== "full") return [];
  const knowsEdge = given.has("edge") && edge !== undefined;
  return [
    ...findLogStoreProblems(observability!).map((said) => say(...said)),
    ...(jaeger !== undefined && knowsEdge && edge.tracing === undefined
      ? [say("jaeger", "needs traces to keep; set edge.tracing, or remove it")]
      : []),
  ];
}

/** Lines are kept, and kept once. Of settings that are wrong nothing is said: each of the two may be there. */
function findLogStoreProblems(
  observability: Partly<NonNullable<ParsedStack["observability"]>>,
): [key: string, message: string][] {
  if (observability.victoriaLogs !== undefined && observability.loki !== undefined) {
    return [["loki", "keeps the same lines as victoriaLogs, got both; remove one of them"]];
  }
  if ("victoriaLogs" in observability || "loki" in observability) return [];
  const way = "name its image, or loki's in its place";
  return [["victoriaLogs", `is required with the profile full; ${way}`]];
}

/** A host is only as good as its key: without one, anybody could answer in its place. */
function findHostProblems({ host, hostKey, identityFile }: Partly<ParsedStack>): string[] {
  const say = (key: string, message: string) => place([key], message, formatPath);
  if (host === null) {
    const stray = "is given without a host; set maestro:host, or remove it";
    return [
      ...(hostKey?.length ? [say("hostKey", stray)] : []),
      ...(identityFile ? [say("identityFile", stray)] : []),
    ];
  }
  return host !== undefined && hostKey?.length === 0
    ? [
        say(
          "hostKey",
          `is required with maestro:host; get it with \`ssh-keyscan ${host.name}\`, and compare the fingerprint at the host's console`,
        ),
      ]
    : [];
}

function clash(a: Listener | undefined, b: Listener | undefined): boolean {
  return (
    a?.port !== undefined &&
    a.port === b?.port &&
    (a.address === b.address || a.address === ANY_ADDRESS || b.address === ANY_ADDRESS)
  );
}

const ANY_ADDRESS = "0.0.0.0";

function showListener(listener: Listener | undefined): string {
  return quote(`${listener?.address}:${listener?.port}`);
}
