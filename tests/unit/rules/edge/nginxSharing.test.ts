import { createRelease, type ReleaseRecord } from "../../../../release/release";
import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { reloadMegabytes, tooLittleMemory } from "../../../../rules/edge/nginxSharing";
import { edgeOptions } from "../../../support/edgeOptions";
import { SAMPLE_SERVICE } from "../../../support/inspectSamples";

/** The configuration of an edge whose sets have so many services, each with a path of its own. */
function configOf(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `service-${index}`);
  const services = Object.fromEntries(
    names.map((name) => [
      name,
      { ...SAMPLE_SERVICE, route: { ...SAMPLE_SERVICE.route, path: `/${name}/` } },
    ]),
  );
  const slots = Object.fromEntries(names.map((name, index) => [name, index]));
  const record: ReleaseRecord = { ...createRelease(services), slots, generation: 1 };
  return renderNginxConfig(edgeOptions(), { blue: record, green: record });
}

describe("the memory that nginx needs to load another configuration", () => {
  it("is there for dozens of services without a setting", () => {
    expect(tooLittleMemory(configOf(100), { memoryMegabytes: 256 })).toBeNull();
  });

  it("is asked for, with a value that will do, before hundreds would end the edge", () => {
    const config = configOf(500);
    const need = reloadMegabytes(config);
    // 500 services took 333 MB at a reload, 200 took 3.3 times as much as at the start.
    expect(need).toBeGreaterThan(333);
    expect(tooLittleMemory(config, { memoryMegabytes: 256 })).toBe(
      "maestro:edge.memoryMegabytes: may be too little for nginx to load a configuration of so many services beside " +
        `the one that it has, which takes up to ${need} MB, got 256; run ` +
        "`pulumi config set --path maestro:edge.memoryMegabytes 512`",
    );
    expect(tooLittleMemory(config, { memoryMegabytes: 512 })).toBeNull();
  });
});
