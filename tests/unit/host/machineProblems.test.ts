import type { Host } from "../../../host/host";
import { findMachineProblems } from "../../../host/machineProblems";
import { ADDRESS_FILES } from "../../../rules/host/machineAddresses";

const ROUTES = [
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
  "eth0\t00000000\t0101D50A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
].join("\n");

const listen = (port: number) => ({ address: "127.0.0.1", port });
const address = {
  user: "deploy",
  name: "demo.example.com",
  port: 22,
  keys: [],
  identityFile: null,
};

function problemsOf(files: Readonly<Record<string, string>>, networks: object[] = []) {
  const host = {
    name: "ssh://deploy@demo.example.com",
    files: {
      read: (file: string) => Promise.resolve(files[file] ? Buffer.from(files[file]) : null),
    },
    engine: () =>
      Promise.resolve({
        listContainers: () => Promise.resolve([]),
        listNetworks: () => Promise.resolve(networks),
      }),
  } as unknown as Host;
  const edge = { listen: listen(18990), preview: listen(18991), tls: null };
  const settings = { directory: "/var/lib/x", edge, host: address, subnet: "10.213.0.0/16" };
  const wishes = { stack: "demo", prefix: "x-demo", settings, edge: null } as unknown;
  return findMachineProblems(host, wishes as Parameters<typeof findMachineProblems>[1]);
}

const set = (subnet: string) =>
  `take a free one: \`pulumi config set --path maestro:network.subnet ${subnet} --stack demo\``;

it("refuses a subnet that covers the host's nameserver, its own or the one behind it", async () => {
  const refusal =
    "maestro:network.subnet: covers the nameserver 10.213.255.53, which demo.example.com then could not reach, " +
    `got 10.213.0.0/16; ${set("10.214.0.0/16")}`;
  expect(await problemsOf({ [ADDRESS_FILES.resolver]: "nameserver 10.213.255.53\n" })).toEqual([
    refusal,
  ]);
  const behind = {
    [ADDRESS_FILES.resolver]: "nameserver 127.0.0.53\n",
    [ADDRESS_FILES.resolved]: "nameserver 10.213.255.53\n",
  };
  expect(await problemsOf(behind)).toEqual([refusal]);
});

it("refuses a subnet that covers the host's gateway", async () => {
  expect(await problemsOf({ [ADDRESS_FILES.routes]: ROUTES })).toEqual([
    expect.stringContaining("covers the gateway 10.213.1.1 of eth0, "),
  ]);
});

it("takes one that covers neither, and any where the host says nothing", async () => {
  expect(await problemsOf({ [ADDRESS_FILES.resolver]: "nameserver 10.99.0.1\n" })).toEqual([]);
  expect(await problemsOf({})).toEqual([]);
});

it("proposes no subnet with an address that the host needs", async () => {
  const networks = [{ Name: "other", IPAM: { Config: [{ Subnet: "10.213.0.0/16" }] } }];
  const files = { [ADDRESS_FILES.resolver]: "nameserver 10.214.255.53\n" };
  expect(await problemsOf(files, networks)).toEqual([
    expect.stringContaining(set("10.215.0.0/16")),
  ]);
});
