import { MAX_ANSWER_HEADER_KILOBYTES } from "../rules/edge/nginxLimits";
import type { RouteSettings, ServiceSettings } from "../release/release";
import type { ParsedService } from "./schemas/service";

/** A service's settings, with what depends on its name and on the stack. */
export function createService(
  name: string,
  service: ParsedService,
  stack: {
    repository: string;
    drainSeconds: number;
    disabled: ReadonlySet<string>;
    /** Name of the stack where it keeps its services' traces; null: it does not. */
    tracedAs: string | null;
  },
): ServiceSettings {
  return {
    repository: service.repository ?? stack.repository,
    port: service.port,
    replicas: service.replicas,
    command: service.command,
    user: service.user,
    env: service.env,
    secrets: service.secrets,
    migration: service.migration?.command ?? null,
    health: service.health,
    route: createRoute(name, service.route),
    resources: service.resources,
    stopGraceSeconds: service.stopGraceSeconds ?? stack.drainSeconds,
    scratchPaths: service.scratchPaths,
    // Absent by default: a release's id is the hash of its settings.
    ...(service.imageVolumes === "disk" ? { imageVolumes: "disk" } : {}),
    ...(stack.tracedAs === null ? {} : { traces: { stack: stack.tracedAs } }),
    dependsOn: service.dependsOn.filter((other) => !stack.disabled.has(other)),
  };
}

/** What is at its default is left out where records of older versions do not have it: releases keep their ids. */
function createRoute(name: string, route: ParsedService["route"]): RouteSettings {
  const { maxAnswerHeaderKilobytes: headers, ...rest } = route;
  return {
    ...rest,
    path: route.path ?? `/${name}/`,
    ...(headers === undefined || headers === MAX_ANSWER_HEADER_KILOBYTES
      ? {}
      : { maxAnswerHeaderKilobytes: headers }),
  };
}
