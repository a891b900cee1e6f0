import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chooseRule } from "../../../operations/prune/pruneRule";
import { isHostsOwn, whyRegistryStays } from "../../../operations/prune/registryUsers";
import { readStackFiles } from "../../../operations/prune/stackFiles";
import { repositoriesOf } from "../../../operations/prune/pruneHost";
import type { PruneContext } from "../../../operations/prune/references";
import { settingsWith } from "../../support/fixtures";
import { digestOf, modelRelease } from "../../support/releases";

describe("what stays", () => {
  it("is what the command line says, else the stack, else ten releases and a day", () => {
    const usual = {
      keep: 10,
      minimumAgeSeconds: 86_400,
      afterRelease: false,
      registryStacks: null,
    };
    expect(chooseRule(null, {})).toEqual(usual);
    const own = { ...usual, keep: 3, afterRelease: true };
    expect(chooseRule(own, { minimumAge: "2h" })).toEqual({ ...own, minimumAgeSeconds: 7_200 });
    expect(chooseRule(own, { keep: "5" })).toEqual({ ...own, keep: 5 });
  });

  it.each([
    [{ keep: "0" }, '--keep: must be a number from 1 to 20, got "0"'],
    [{ keep: "21" }, '--keep: must be a number from 1 to 20, got "21"'],
    [
      { minimumAge: "1" },
      '--minimum-age: must be a duration with its unit, such as 12h or 7d, got "1"',
    ],
  ])("is refused where it makes no sense: %j", (options, message) => {
    expect(() => chooseRule(null, options)).toThrow(message);
  });
});

describe("the project's repositories", () => {
  it("are those of today's services and of releases on record, in its own namespace", () => {
    const settings = settingsWith({
      "config.registry": { kind: "local", address: "localhost:5000", namespace: "maestro" },
      "services.services.api.repository": "docker.io/team/api",
    });
    const before = modelRelease({ old: 1 });
    expect(repositoriesOf(settings, [before])).toEqual(
      new Set(["localhost:5000/maestro/web", before.services["old"]!.repository]),
    );
  });
});

describe("a registry", () => {
  const context = (registry: object, prune?: object) => {
    const settings = settingsWith({ "config.registry": { namespace: "team", ...registry } });
    const rule = { ...chooseRule(null, {}), ...prune };
    return { stack: "demo", settings, rule } as PruneContext;
  };
  const nobody = { elsewhere: [] };

  it("on loopback is pruned, unless projects of other machines use it", () => {
    const own = context({ kind: "local", address: "localhost:5000" });
    expect(isHostsOwn(own.settings.registry)).toBe(true);
    expect(whyRegistryStays(own, nobody)).toBeNull();
    expect(whyRegistryStays(own, { elsewhere: ["shop (/home/me/shop)"] })).toContain(
      "registry localhost:5000: projects of other machines use it, whose files cannot be read here: shop (/home/me/shop)",
    );
  });

  it("elsewhere is left alone, unless all stacks that use it are named, this one too", () => {
    const registry = { kind: "local", address: "registry.example.com" };
    expect(whyRegistryStays(context(registry), nobody)).toContain(
      "registry registry.example.com: stacks on other hosts may use it; name all that do in maestro:prune.registryStacks",
    );
    const named = (...registryStacks: string[]) =>
      whyRegistryStays(context(registry, { registryStacks }), nobody);
    expect(named("demo", "production")).toBeNull();
    expect(named("production")).toContain('got ["production"]; add demo');
  });
});

describe("files of stacks", () => {
  const root = mkdtempSync(path.join(tmpdir(), "maestro-prune-"));
  const write = (name: string, text: string) => writeFileSync(path.join(root, name), text);
  afterAll(() => rmSync(root, { recursive: true }));

  it("tell every digest, the host and the directory, whatever else is missing in them", () => {
    expect(readStackFiles("shop", root)).toEqual([]);
    mkdirSync(path.join(root, "stacks"));
    write("Pulumi.yaml", "name: shop\nruntime: nodejs\nstackConfigDir: stacks\n");
    const release = `{ web: "${digestOf(1)}", api: "${digestOf(2)}" }`;
    write(
      "stacks/Pulumi.demo.yaml",
      `config:\n  maestro:release: ${release}\n  maestro:host: ssh://me@demo\n`,
    );
    write("stacks/Pulumi.development.yaml", `config:\n  # was ${digestOf(3)}\n`);
    write("stacks/Pulumi.demo.secrets.yaml", `web: ${digestOf(4)}\n`);
    expect(readStackFiles("shop", root)).toEqual([
      {
        name: "shop-demo",
        digests: [digestOf(1), digestOf(2)],
        directory: "/var/lib/maestro/shop-demo",
        host: "ssh://me@demo",
      },
      {
        name: "shop-development",
        digests: [digestOf(3)],
        directory: path.join(root, ".maestro/development"),
        host: null,
      },
    ]);
  });
});
