import { renderBackupTimer, renderBackupUnit } from "../../../../rules/backups/backupUnit";

const unit = renderBackupUnit({
  stack: "demo",
  prefix: "shop-demo",
  program: ["/usr/bin/node", "/srv/a $shop 100%/bin/maestro.js"],
  root: '/srv/a "shop" 100%',
  writes: ["/var/backups/maestro", '/srv/a "shop" 100%/.maestro'],
});

describe("the unit of systemd that takes backups", () => {
  it("gives systemd no word of its own to read in a path", () => {
    expect(unit).toContain(
      'ExecStart="/usr/bin/node" "/srv/a $$shop 100%%/bin/maestro.js" "backup" "take" "--stack" "demo" "--on-host"\n',
    );
    expect(unit).toContain('ReadWritePaths="-/srv/a \\"shop\\" 100%%/.maestro"\n');
  });

  it("reads what the deployer's environment has beside, and says why it is run", () => {
    expect(unit).toContain("EnvironmentFile=-/etc/maestro/shop-demo.env\n");
    expect(unit).toContain("Environment=MAESTRO_REASON=scheduled\n");
  });

  it("makes up for what was missed while the host was off", () => {
    const timer = renderBackupTimer({ stack: "demo" }, "*-*-* 02:00:00");
    expect(timer).toContain("OnCalendar=*-*-* 02:00:00\n");
    expect(timer).toContain("Persistent=yes\n");
  });
});
