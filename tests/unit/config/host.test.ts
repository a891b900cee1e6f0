import { hostUrl, isHostKey, parseHostUrl } from "../../../rules/host/hostAddress";
import { sshOptions } from "../../../rules/host/sshOptions";
import { issuesOf, rawWith, settingsWith } from "../../support/fixtures";

const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB3juwGFA0TXP35ttVoX3A/8kLdt4bHENlW7aCBgddPI";
const RSA =
  "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCyhQ8i3qdVOsSt8Onn+OdJWqU6qKAlr0G+Kwg/yoFqNcf708yLK26QuMzMUk0L3tWkStWYlZYboH0vpEPZ2Ol/nzB6TgNGm944Vke4jpSjXlz/XaE74in63Olm7LMZz8eglq4wJekgy5BKoZ0iONQ5n3hYhoK76VOCy3UdI2HI+SXFVSz/nIy3VORg05prysEeHHes8gHYN8WM6jaRd1AQ26PzyWxsALS4VU1Oe81XvOeP2tfugcsvGnsOS67nILW6GsGBk9h0+k/0oUDHmJKPqEvByVbRTHwghaNMwGKj0G/5RbupPnnOnXGjjk0yZDsKaW8FkUAO9bsB0yk06gSl";
const HOST = "ssh://deploy@demo.example.com";

const HOST_MESSAGE = (got: string) =>
  `host: must be ssh://<user>@<host>[:<port>], got ${got}; a password is not accepted, log in with a key`;
const KEY_MESSAGE = (place: string, got: string) =>
  `${place}: must be an OpenSSH public key such as \`ssh-ed25519 AAAA…\`, got ${got}; see \`ssh-keyscan <host>\`, leave out the host's name, and compare the fingerprint at its console`;

/** Bad value of `maestro:host`, with a good key beside it -> what is shown of it. */
const BAD_HOSTS: [unknown, string][] = [
  ["ssh://demo.example.com", '"ssh://demo.example.com"'],
  ["demo.example.com", '"demo.example.com"'],
  ["deploy@demo.example.com", '"deploy@demo.example.com"'],
  ["tcp://deploy@demo.example.com", '"tcp://deploy@demo.example.com"'],
  ["ssh://deploy:hunter2@demo.example.com", "[hidden]"],
  ["ssh://deploy@demo.example.com:0", '"ssh://deploy@demo.example.com:0"'],
  ["ssh://deploy@demo.example.com:65536", '"ssh://deploy@demo.example.com:65536"'],
  ["ssh://deploy@demo.example.com:ssh", '"ssh://deploy@demo.example.com:ssh"'],
  ["ssh://deploy@demo.example.com/var", '"ssh://deploy@demo.example.com/var"'],
  ["ssh://deploy@-oProxyCommand=x", '"ssh://deploy@-oProxyCommand=x"'],
  ["ssh://-l@demo.example.com", '"ssh://-l@demo.example.com"'],
  ["ssh://deploy@10.0.0.256", '"ssh://deploy@10.0.0.256"'],
  ["ssh://deploy@[::g]", '"ssh://deploy@[::g]"'],
  ["", '""'],
  [22, "22"],
];

/** Bad `maestro:hostKey` beside a good host -> the message. */
const BAD_KEYS: [unknown, string][] = [
  ["ssh-ed25519", KEY_MESSAGE("hostKey", '"ssh-ed25519"')],
  [
    `demo.example.com ${ED25519}`,
    KEY_MESSAGE("hostKey", `"demo.example.com ${ED25519.slice(0, 62)}…"`),
  ],
  [ED25519.slice(0, -4), KEY_MESSAGE("hostKey", `"${ED25519.slice(0, 76)}"`)],
  [
    ED25519.replace("ssh-ed25519", "ssh-rsa"),
    KEY_MESSAGE("hostKey", `"${ED25519.replace("ssh-ed25519", "ssh-rsa")}"`),
  ],
  [
    "SHA256:mZjUScFry49vfqg/VOhC0OCE2ZTHx+Q42Y2mmFgiE58",
    KEY_MESSAGE("hostKey", '"SHA256:mZjUScFry49vfqg/VOhC0OCE2ZTHx+Q42Y2mmFgiE58"'),
  ],
  ["-----BEGIN OPENSSH PRIVATE KEY-----", KEY_MESSAGE("hostKey", "[hidden]")],
  [[ED25519, "no key"], KEY_MESSAGE("hostKey[1]", '"no key"')],
  [[], "hostKey: must be one key, or a list of 1 to 10 keys, got an empty list"],
  [{}, KEY_MESSAGE("hostKey", "an empty object")],
];

describe("a stack's host", () => {
  test.each(BAD_HOSTS)("is refused: %j", (host, got) => {
    const raw = rawWith({ "config.host": host, "config.hostKey": ED25519 });
    expect(issuesOf(raw)).toEqual([HOST_MESSAGE(got)]);
  });

  test.each(BAD_KEYS)("is refused with the key %j", (hostKey, message) => {
    expect(issuesOf(rawWith({ "config.host": HOST, "config.hostKey": hostKey }))).toEqual([
      message,
    ]);
  });

  it("needs a key, and a key or an identity needs a host", () => {
    expect(issuesOf(rawWith({ "config.host": HOST }))).toEqual([
      "hostKey: is required with maestro:host; get it with `ssh-keyscan demo.example.com`, and compare the fingerprint at the host's console",
    ]);
    const stray = { "config.hostKey": ED25519, "config.identityFile": "~/.ssh/deploy" };
    expect(issuesOf(rawWith(stray))).toEqual([
      "hostKey: is given without a host; set maestro:host, or remove it",
      "identityFile: is given without a host; set maestro:host, or remove it",
    ]);
  });

  test.each(["deploy", "../key", "~other/key", "C:\\key"])("refuses the identity %j", (file) => {
    const raw = rawWith({
      "config.host": HOST,
      "config.hostKey": ED25519,
      "config.identityFile": file,
    });
    expect(issuesOf(raw)).toEqual([
      `identityFile: must be the path of a private key on this machine, got ${JSON.stringify(file)}; absolute or from ~/`,
    ]);
  });

  it("is read with its keys, which lose their comments", () => {
    const changes = { "config.host": HOST, "config.hostKey": `${ED25519} root@demo` };
    expect(settingsWith(changes).host).toEqual({
      user: "deploy",
      name: "demo.example.com",
      port: 22,
      keys: [ED25519],
      identityFile: null,
    });
    const many = { ...changes, "config.hostKey": [ED25519, RSA] };
    expect(settingsWith(many).host?.keys).toEqual([ED25519, RSA]);
  });

  test.each([
    "ssh://a@b",
    "ssh://a@b.example:2222",
    "ssh://a@10.0.0.1",
    "ssh://a_b.c@[fe80::1]:22022",
  ])("is written as it was read: %s", (url) =>
    expect(hostUrl({ ...parseHostUrl(url)!, keys: [], identityFile: null })).toBe(url),
  );

  it("takes the keys that this machine's own tools write", () => {
    expect([ED25519, RSA].every(isHostKey)).toBe(true);
  });
});

describe("the Docker provider's ssh", () => {
  const options = sshOptions({ ...parseHostUrl(HOST)!, keys: [ED25519, RSA], identityFile: "~/k" });

  it("takes the configured keys alone, and asks nobody", () => {
    expect(options.slice(0, 2)).toEqual(["-F", "none"]);
    expect(options).toContain("StrictHostKeyChecking=yes");
    expect(options).toContain("BatchMode=yes");
    expect(options).toContain("IdentityFile=~/k");
    expect(options).toContain("IdentitiesOnly=yes");
    expect(options).toContain(
      `KnownHostsCommand=/usr/bin/printf "maestro %%s %%s\\n" ${ED25519} ${RSA}`,
    );
  });
});
