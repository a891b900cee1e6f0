import { renderHostUnit } from "../../../../rules/observability/hostUnit";

const unit = renderHostUnit({
  stack: "demo",
  program: ["/usr/bin/node", "/srv/a $shop 100%/bin/maestro.js"],
  root: '/srv/a "shop" 100%',
  tokenFile: "/var/lib/maestro/shop-demo/observability/token",
});

describe("the unit of systemd that serves a stack's metrics", () => {
  it("gives systemd no word of its own to read in a path", () => {
    expect(unit).toContain(
      'ExecStart="/usr/bin/node" "/srv/a $$shop 100%%/bin/maestro.js" "metrics" "serve" "--stack" "demo" ' +
        '"--on-host" "--token-file" %d/token\n',
    );
    expect(unit).toContain('WorkingDirectory=/srv/a "shop" 100%%\n');
    expect(unit).toContain('Environment="GIT_CONFIG_VALUE_0=/srv/a \\"shop\\" 100%%"\n');
  });

  it("gives the program the Engine, and nothing else", () => {
    const settings = ["DynamicUser=yes", "SupplementaryGroups=docker", "CapabilityBoundingSet="];
    const strict = ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateDevices=yes"];
    expect(unit.split("\n")).toEqual(expect.arrayContaining([...settings, ...strict]));
    expect(unit).toContain("LoadCredential=token:/var/lib/maestro/shop-demo/observability/token\n");
  });
});
