import { replicaAddress, setRanges, MAX_REPLICAS, MAX_SLOTS } from "../../../../release/addresses";
import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { renderShares, sharesUpTo } from "../../../../rules/edge/nginxShares";
import { edgeOptions } from "../../../support/edgeOptions";

const SUBNET = "10.213.0.0/16";

/** Whether a range such as 10.213.16.0/20 holds an address. */
function holds(range: string, address: string): boolean {
  const [base = "", bits = ""] = range.split("/");
  const number = (text: string) =>
    text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

describe("the ranges of a set", () => {
  it.each(["blue", "green"] as const)("hold all addresses of %s and none of the other", (color) => {
    const other = color === "blue" ? "green" : "blue";
    const inside = (address: string) =>
      setRanges(SUBNET, color).some((each) => holds(each, address));
    for (const slot of [0, 1, 499, MAX_SLOTS - 1]) {
      for (const replica of [0, MAX_REPLICAS - 1]) {
        expect(inside(replicaAddress(SUBNET, color, slot, replica))).toBe(true);
        expect(inside(replicaAddress(SUBNET, other, slot, replica))).toBe(false);
      }
    }
  });
});

describe("the shares of a set", () => {
  it("are those of the clients, of testers and of its own services", () => {
    expect(sharesUpTo("green", 0)).toEqual([]);
    expect(sharesUpTo("green", 10)).toEqual(["0", "green", "1", "5", "10"]);
  });
});

describe("an edge without shares", () => {
  it("knows nothing of them, and one with them tells of them in these lines", () => {
    const sets = { blue: null, green: null };
    const plain = renderNginxConfig(edgeOptions(), sets);
    expect(plain).not.toMatch(/split_clients|maestro_share|maestro_serving|aside/);
    const shares = { stickyBy: "address", override: null } as const;
    const shared = renderNginxConfig(edgeOptions({ shares }), sets);
    expect(shared).toContain("if (-f /etc/maestro/switch/green-$maestro_share)");
    expect(shared).toContain("try_files /$maestro_serving.json =404;");
  });

  it("cut the clients by address, or by a cookie that each browser gets once", () => {
    const by = (stickyBy: "address" | "cookie") =>
      renderShares({ stickyBy, override: null }, SUBNET);
    expect(by("address")).toContain(
      "split_clients $remote_addr $maestro_split { 1% 1; 4% 5; 5% 10; 15% 25; 25% 50; 25% 75; * 100; }",
    );
    expect(by("cookie")).toContain("split_clients $maestro_client $maestro_split");
    expect(by("cookie")).toContain(
      'map $maestro_known_client $maestro_new_client { default ""; ""',
    );
  });

  it("have testers choose by a header of the stack's own", () => {
    const shares = renderShares({ stickyBy: "address", override: "X-Release" }, SUBNET);
    expect(shares).toContain('map "$maestro_probe:$maestro_caller:$http_x_release" $maestro_share');
    expect(shares).toContain('"false::new" 0;');
  });
});
