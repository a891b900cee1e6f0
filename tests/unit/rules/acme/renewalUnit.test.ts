import { renderRenewalTimer, renderRenewalUnit } from "../../../../rules/acme/renewalUnit";

const unit = renderRenewalUnit({
  stack: "demo",
  program: ["/usr/bin/node", "/srv/a $shop 100%/bin/maestro.js"],
  root: '/srv/a "shop" 100%',
  writes: ["/var/lib/maestro/shop-demo", '/srv/a "shop" 100%/.maestro'],
});

describe("the unit of systemd that renews a certificate", () => {
  it("gives systemd no word of its own to read in a path", () => {
    expect(unit).toContain(
      'ExecStart="/usr/bin/node" "/srv/a $$shop 100%%/bin/maestro.js" "certificate" "renew" "--stack" "demo" "--on-host"\n',
    );
    expect(unit).toContain('WorkingDirectory=/srv/a "shop" 100%%\n');
    expect(unit).toContain('ReadWritePaths="-/srv/a \\"shop\\" 100%%/.maestro"\n');
  });

  it("writes to the stack's directory and its own, and nowhere else", () => {
    expect(unit).toContain("ProtectSystem=strict\n");
    expect(unit.match(/^ReadWritePaths=.*$/gm)).toHaveLength(2);
  });

  it("is started twice a day, at a time that is not the same on all hosts", () => {
    const timer = renderRenewalTimer({ stack: "demo" });
    expect(timer).toContain("OnCalendar=*-*-* 00,12:00:00\n");
    expect(timer).toContain("RandomizedDelaySec=12h\nFixedRandomDelay=yes\n");
  });
});
