import { suggestName } from "./nearestName";

/** Service name -> names of the services it depends on. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** A problem with one service's `dependsOn`. */
export interface DependencyProblem {
  readonly service: string;
  readonly message: string;
}

/** Dependencies on the service itself, on unknown services, and in circles. */
export function findDependencyProblems(dependencies: Dependencies): DependencyProblem[] {
  return [...findBadNames(dependencies), ...findCycles(dependencies)];
}

function findBadNames(dependencies: Dependencies): DependencyProblem[] {
  return [...dependencies].flatMap(([service, names]) =>
    names.flatMap((name) => {
      if (name === service) {
        return [{ service, message: `names the service itself, got "${name}"; remove it` }];
      }
      if (dependencies.has(name)) {
        return [];
      }
      const hint = suggestName(name, dependencies.keys());
      return [{ service, message: `names a service that is not declared, got "${name}"; ${hint}` }];
    }),
  );
}

function findCycles(dependencies: Dependencies): DependencyProblem[] {
  const done = new Set<string>();
  const problems: DependencyProblem[] = [];
  const visit = (service: string, trail: readonly string[]): void => {
    const start = trail.indexOf(service);
    if (start >= 0) {
      const circle = [...trail.slice(start), service];
      if (circle.length > 2) {
        problems.push({ service, message: `goes in a circle, ${showCircle(circle)}; remove one` });
      }
      return;
    }
    if (done.has(service)) {
      return;
    }
    for (const next of dependencies.get(service) ?? []) {
      visit(next, [...trail, service]);
    }
    done.add(service);
  };
  for (const service of dependencies.keys()) {
    visit(service, []);
  }
  return problems;
}

function showCircle(circle: readonly string[]): string {
  return circle.length > 12
    ? `${circle.slice(0, 10).join(" -> ")} -> … (${circle.length - 1} services)`
    : circle.join(" -> ");
}
