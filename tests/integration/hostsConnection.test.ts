import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import execa from "execa";
import { connectHost } from "../../host/connectHost";
import { containerState } from "../../host/engine";
import { type Host } from "../../host/host";
import { HostError } from "../../rules/host/asking";
import { HostDirectory } from "../../host/hostDirectory";
import type { HostAddress } from "../../rules/host/hostAddress";
import { SshServer } from "../support/sshServer";

const PORT = 18239;
/** Keys of nobody. */
const OTHER_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB3juwGFA0TXP35ttVoX3A/8kLdt4bHENlW7aCBgddPI";
const RSA_KEY =
  "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCyhQ8i3qdVOsSt8Onn+OdJWqU6qKAlr0G+Kwg/yoFqNcf708yLK26QuMzMUk0L3tWkStWYlZYboH0vpEPZ2Ol/nzB6TgNGm944Vke4jpSjXlz/XaE74in63Olm7LMZz8eglq4wJekgy5BKoZ0iONQ5n3hYhoK76VOCy3UdI2HI+SXFVSz/nIy3VORg05prysEeHHes8gHYN8WM6jaRd1AQ26PzyWxsALS4VU1Oe81XvOeP2tfugcsvGnsOS67nILW6GsGBk9h0+k/0oUDHmJKPqEvByVbRTHwghaNMwGKj0G/5RbupPnnOnXGjjk0yZDsKaW8FkUAO9bsB0yk06gSl";
const server = new SshServer(PORT, { maxSessions: 1 });
let host: Host;

function address(changes: Partial<HostAddress> = {}): HostAddress {
  const { user, hostKey, identityFile } = server;
  return { user, name: "127.0.0.1", port: PORT, keys: [hostKey], identityFile, ...changes };
}

const at = (...parts: string[]) => path.join(server.directory, "files", ...parts);

beforeAll(async () => {
  await server.start();
  host = await connectHost(address());
});

afterAll(async () => {
  host.close();
  await server.remove();
});

describe("files over SSH", () => {
  it("are written whole with their mode, in directories that are made, and leave nothing beside them", async () => {
    await host.files.write(at("new/deep/record.json"), "first");
    await host.files.write(at("new/deep/record.json"), "second", { mode: 0o400 });
    expect(readFileSync(at("new/deep/record.json"), "utf8")).toBe("second");
    expect(statSync(at("new/deep/record.json")).mode & 0o777).toBe(0o400);
    expect(readdirSync(at("new/deep"))).toEqual(["record.json"]);
    expect(statSync(at("new")).mode & 0o777).toBe(0o755);
  });

  it("are read as they are, however large", async () => {
    const content = Buffer.alloc(300_000, "äé\0");
    await host.files.write(at("large"), content);
    expect((await host.files.read(at("large")))?.equals(content)).toBe(true);
  });

  it("belong to whom they must", async () => {
    await host.files.write(at("owned"), "", { owner: 10002 });
    expect(statSync(at("owned"))).toMatchObject({ uid: 10002, gid: 10002 });
  });

  it("may be absent", async () => {
    expect(await host.files.read(at("absent"))).toBeNull();
    expect(await host.files.exists(at("absent"))).toBe(false);
    expect(await host.files.list(at("nowhere"))).toEqual([]);
    await host.files.remove(at("absent"));
  });

  it("that cannot be written fail with host, step and file", async () => {
    mkdirSync(at("taken"), { recursive: true });
    await expect(host.files.write(at("taken"), "")).rejects.toThrow(
      `${server.url}: writing ${at("taken")}: `,
    );
  });

  it("are made once: another content does not take the place of the first", async () => {
    expect(await host.files.create(at("made/once"), "first")).toBe(true);
    expect(await host.files.create(at("made/once"), "second")).toBe(false);
    expect(await host.files.create(at("made/once"), "first")).toBe(true);
    expect(readFileSync(at("made/once"), "utf8")).toBe("first");
    expect(readdirSync(at("made"))).toEqual(["once"]);
  });

  it("carry a stack's records and its switch", async () => {
    const directory = new HostDirectory(host, at("stack"));
    expect(await directory.edge.readActiveColor()).toBeNull();
    await directory.edge.moveTraffic("green");
    expect(await directory.edge.readActiveColor()).toBe("green");
    await directory.edge.moveTraffic("blue");
    expect(await directory.edge.readActiveColor()).toBe("blue");
    expect(existsSync(at("stack/edge/switch/green"))).toBe(false);
  });
});

describe("the engine over SSH", () => {
  it("answers many requests at once in one connection without a further session", async () => {
    const engine = await host.engine();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => containerState(engine, "maestro-no-such-container")),
    );
    expect(new Set(answers)).toEqual(new Set([null]));
    expect(server.output.match(/Accepted publickey/g)).toHaveLength(1);
  });
});

describe("asking the edge over SSH", () => {
  it("reaches the host's loopback", async () => {
    const edge = http.createServer((_, response) => response.end("here"));
    await new Promise<void>((resolve) => edge.listen(0, "127.0.0.1", resolve));
    const { port } = edge.address() as AddressInfo;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => host.ask(`http://127.0.0.1:${port}/`)),
    );
    expect(answers.every(({ status, body }) => status === 200 && body === "here")).toBe(true);
    edge.close();
  });

  it("tells a port nobody listens at from a host that is gone", async () => {
    await expect(host.ask("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("is bounded in time", async () => {
    const silent = http.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const asked = host.ask(`http://127.0.0.1:${port}/`, { timeoutMilliseconds: 300 });
    await expect(asked).rejects.toMatchObject({ code: "ETIMEDOUT" });
    silent.closeAllConnections();
    silent.close();
  });
});

describe("connecting", () => {
  const fingerprint = async (key: string) => {
    const { stdout } = await execa("ssh-keygen", ["-lf", "-"], { input: key });
    return stdout.split(" ")[1]!;
  };

  it("takes a second key while the host's key is being changed", async () => {
    const other = await connectHost(address({ keys: [OTHER_KEY, server.hostKey] }));
    expect(await other.files.exists("/")).toBe(true);
    other.close();
  });

  it("refuses another key than the configured one and shows the fingerprints of both", async () => {
    const refused = connectHost(address({ keys: [OTHER_KEY] }));
    await expect(refused).rejects.toThrow(HostError);
    await expect(refused).rejects.toThrow(await fingerprint(server.hostKey));
    await expect(refused).rejects.toThrow(await fingerprint(OTHER_KEY));
  });

  it("shows both keys also where the host has none of the configured type", async () => {
    const refused = connectHost(address({ keys: [RSA_KEY] }));
    await expect(refused).rejects.toThrow(await fingerprint(server.hostKey));
    await expect(refused).rejects.toThrow(`${await fingerprint(RSA_KEY)} (ssh-rsa)`);
  });

  it("says which keys the host did not take", async () => {
    const stranger = path.join(server.directory, "stranger");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", stranger]);
    await expect(connectHost(address({ identityFile: stranger }))).rejects.toThrow(
      `${server.url}: logging in: the host takes none of ${stranger}`,
    );
  });

  it("asks for an agent where the key needs a passphrase, and for another file where it is none", async () => {
    const locked = path.join(server.directory, "locked");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", locked]);
    await expect(connectHost(address({ identityFile: locked }))).rejects.toThrow(
      `is protected by a passphrase; add it to an agent with \`ssh-add\`, got "${locked}"`,
    );
    await expect(connectHost(address({ identityFile: "/nowhere/key" }))).rejects.toThrow(
      'maestro:identityFile: cannot be read (ENOENT); name another one, got "/nowhere/key"',
    );
  });

  it("takes the key an agent holds", async () => {
    const { stdout } = await execa("ssh-agent", ["-s"]);
    const socket = /SSH_AUTH_SOCK=([^;]+)/.exec(stdout)![1]!;
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)![1]);
    const before = process.env["SSH_AUTH_SOCK"];
    process.env["SSH_AUTH_SOCK"] = socket;
    try {
      await execa("ssh-add", ["-q", server.identityFile]);
      const other = await connectHost(address({ identityFile: null }));
      expect(await other.files.exists("/")).toBe(true);
      other.close();
    } finally {
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
      process.kill(pid);
    }
  });
});

describe("a connection that is cut", () => {
  it("is made anew for what may be done twice", async () => {
    const other = await connectHost(address());
    await server.cutConnections();
    await other.files.write(at("after"), "cut");
    expect(readFileSync(at("after"), "utf8")).toBe("cut");
    expect(readdirSync(at()).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    other.close();
  });

  it("fails what is under way at the engine with the host's name", async () => {
    const other = await connectHost(address());
    const engine = await other.engine();
    await engine.ping();
    const events = await engine.getEvents();
    const failed = new Promise<Error>((resolve) => events.once("error", resolve).resume());
    await server.cutConnections();
    const error = await failed;
    expect(error.message).toMatch(/aborted|the SSH connection broke/);
    await expect(engine.ping()).resolves.toBeDefined();
    other.close();
  });

  it("ends in an error with the host's name once the host does not come back", async () => {
    const other = await connectHost(address());
    await server.stop();
    await server.cutConnections();
    const refused = other.ask("http://127.0.0.1:1/");
    await expect(refused).rejects.toThrow(HostError);
    await expect(refused).rejects.toThrow(`${server.url}: connecting: `);
    other.close();
    await server.listen();
    host = await connectHost(address());
  }, 30_000);
});
