import { freeSubnet, subnetsOverlap } from "../../../../rules/host/subnets";

describe("two subnets", () => {
  it.each([
    ["10.213.0.0/16", "10.213.0.0/16", true],
    ["10.213.0.0/16", "10.0.0.0/8", true],
    ["10.213.0.0/16", "10.213.255.128/25", true],
    ["10.213.0.0/16", "10.214.0.0/24", false],
    ["10.213.0.0/16", "0.0.0.0/0", true],
    // An address of an interface stands for its network.
    ["172.17.0.0/16", "172.17.0.1/16", true],
    ["10.213.0.0/16", "fd00::/64", false],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect(subnetsOverlap(a, b)).toBe(expected);
    expect(subnetsOverlap(b, a)).toBe(expected);
  });

  it("proposes the first that is free, and none where all are in use", () => {
    expect(freeSubnet([])).toBe("10.213.0.0/16");
    expect(freeSubnet(["10.213.0.0/16", "10.214.7.0/24", "fd00::/64"])).toBe("10.215.0.0/16");
    expect(freeSubnet(["10.0.0.0/8"])).toBe("172.16.0.0/16");
    expect(freeSubnet(["10.0.0.0/8", "172.16.0.0/12"])).toBeNull();
  });
});
