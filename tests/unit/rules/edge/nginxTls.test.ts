import { currentFingerprint, renderCurrent } from "../../../../rules/edge/issuedCertificate";
import { isAsWritten, renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { edgeOptions } from "../../../support/edgeOptions";

const EMPTY = { blue: null, green: null };
const render = (options: Parameters<typeof edgeOptions>[0]) =>
  renderNginxConfig(edgeOptions({ tls: true, ...options }), EMPTY);

describe("a certificate that is issued to the edge", () => {
  it("is named by a file of its own, so that another one is no change of the configuration", () => {
    const config = render({ acme: "http-01" });
    expect(config).toContain("  include /etc/maestro/tls/current.conf;\n");
    expect(config).not.toContain("ssl_certificate");
    expect(config).toContain("return 200 '$maestro_certificate\\n';");
    expect(isAsWritten(config)).toBe(true);
  });

  it("comes with its key in one file, whose name a reload proves", () => {
    const text = renderCurrent("b".repeat(64));
    const file = `/etc/maestro/tls/${"b".repeat(64)}.pem`;
    expect(text).toContain(`ssl_certificate ${file};\nssl_certificate_key ${file};\n`);
    expect(text).toContain(`map "" $maestro_certificate { default ${"b".repeat(64)}; }`);
    expect(currentFingerprint(text)).toBe("b".repeat(64));
  });

  it("is waited for without one, by refusing what would need it", () => {
    const text = renderCurrent(null);
    expect(text).toContain("ssl_reject_handshake on;\n");
    expect(currentFingerprint(text)).toBeNull();
  });

  it("has challenges answered where the authority asks by HTTP, and no path of a service taken otherwise", () => {
    const challenges = "location /.well-known/acme-challenge/ {";
    expect(render({ acme: "http-01" })).toContain(challenges);
    expect(render({ acme: "http-01" })).toContain(
      String.raw`"(?s)^/(?!edge/|\.well-known/acme-challenge/)(?<maestro_path>.*)$"`,
    );
    for (const options of [{ acme: "dns-01" as const }, {}]) {
      expect(render(options)).not.toContain("acme-challenge");
    }
  });
});

describe("users of plain HTTP", () => {
  it("are sent to https only where the stack says so, on the port that it listens on", () => {
    expect(render({})).not.toContain("$maestro_is_plain");
    expect(render({ httpsPort: 443 })).toContain(
      "if ($maestro_is_plain) { return 308 https://$maestro_https_host$request_uri; }",
    );
    expect(render({ httpsPort: 8443 })).toContain("https://$maestro_https_host:8443$request_uri");
  });
});
