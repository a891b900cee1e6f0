import { readNameservers, readRoutes } from "../../../../rules/host/machineAddresses";

it("reads the nameservers that are not on the machine itself", () => {
  const text =
    "# made by hand\nsearch corp\nnameserver 10.255.255.53\nnameserver 127.0.0.53\nnameserver fd00::53\n";
  expect(readNameservers(text)).toEqual([
    { says: "the nameserver 10.255.255.53", range: "10.255.255.53/32" },
  ]);
  expect(readNameservers("")).toEqual([]);
});

it("reads gateways and networks, without Docker's own", () => {
  const text = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "br-f7e7a54283bc\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "",
  ].join("\n");
  expect(readRoutes(text)).toEqual({
    gateways: [{ says: "the gateway 192.0.2.1 of eth0", range: "192.0.2.1/32" }],
    networks: ["192.0.2.0/24"],
  });
  expect(readRoutes("")).toEqual({ gateways: [], networks: [] });
});
