import path from "node:path";
import { packageRoot } from "../../../config/project";
import { findServices, type ServiceSource } from "../../../operations/images/services";
import { findLarge } from "../../../operations/images/usualSize";

const [source] = findServices(path.join(packageRoot(), "examples/services"));
const server: ServiceSource = { ...source!, name: "web" };
const site = { ...server, name: "shop", site: {} } as ServiceSource;
const MEGABYTE = 1_000_000;

describe("an image's size", () => {
  it("is named where it is more than usual, with what to do", () => {
    const images = [
      { service: "web", bytes: 612.34 * MEGABYTE },
      { service: "shop", bytes: 51 * MEGABYTE },
    ];
    expect(findLarge([server, site], images)).toEqual([
      "web: its image has 612.3 MB, more than the 500 that are usual for a server; leave out of its last stage what only " +
        "the build needs, or set services.web.build.maximumMegabytes",
      "shop: its image has 51.0 MB, more than the 50 that are usual for a static site; its files and the edge's image are all that it has",
    ]);
  });

  it("is nobody's business below that, or where the service says what is right", () => {
    const right = { ...server, maximumMegabytes: 700 };
    expect(findLarge([right], [{ service: "web", bytes: 612 * MEGABYTE }])).toEqual([]);
    expect(findLarge([server], [{ service: "web", bytes: 500 * MEGABYTE }])).toEqual([]);
    expect(findLarge([site], [{ service: "shop", bytes: 50 * MEGABYTE }])).toEqual([]);
  });
});
