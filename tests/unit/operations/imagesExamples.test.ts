import { readFileSync } from "node:fs";
import path from "node:path";
import { findServices } from "../../../operations/images/services";
import { packageRoot } from "../../../config/project";

const SERVICES = findServices(path.join(packageRoot(), "examples/services"));

/** A service's file, by service name. */
function read(file: string): [string, string][] {
  return SERVICES.map(({ name, directory }) => [
    name,
    readFileSync(path.join(directory, file), "utf8"),
  ]);
}

describe("the example services", () => {
  it("are five", () => {
    expect(SERVICES.map((service) => service.name)).toEqual([
      "automation-service",
      "k8s-execution-service",
      "maestro-gateway",
      "quality-fabric",
      "template-service",
    ]);
  });

  it.each(read("requirements.in"))(
    "%s has its probes, metrics and faults from a shared package",
    (_name, text) => {
      expect(text.split("\n")).toContain("maestro-core-api");
    },
  );

  it.each(read("requirements.txt"))("%s pins what it needs by version and hash", (_name, text) => {
    const requirements = text.split(/\n(?=[a-z])/).filter((entry) => /^[a-z]/.test(entry));
    expect(requirements.length).toBeGreaterThan(10);
    const loose = requirements.filter((entry) => !/^\S+==\S+ \\\n +--hash=sha256:/.test(entry));
    expect(loose).toEqual([]);
  });
});
