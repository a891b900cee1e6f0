import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { createRelease } from "../../../../release/release";
import { edgeOptions } from "../../../support/edgeOptions";
import { placedRelease, serviceRelease } from "../../../support/releases";

/** Everything that an edge can be told to do, at once. */
const ALL = edgeOptions({
  tls: true,
  acme: "http-01",
  httpsPort: 8443,
  trustedProxies: ["192.0.2.0/24"],
  shares: { stickyBy: "cookie", override: "x-release" },
  tracing: { trustClients: false, sampled: 1 },
});

/** What nginx takes from the last one of two of the same name, and says nothing of. */
const NAMED = {
  "a variable": /^\s*(?:map|geo|split_clients) [^;{]*?(\$\w+) \{/gm,
  "a zone of a limit": /zone=(\w+):/g,
  "an upstream": /^\s*upstream (\S+) \{/gm,
};

describe.each([false, true])(
  "an edge that does everything, and trusts clients' traces: %s",
  (trustClients) => {
    const web = placedRelease(
      createRelease({ web: serviceRelease({ name: "web", overrides: {} }) }),
    );
    const config = renderNginxConfig(
      { ...ALL, tracing: { trustClients, sampled: 1 } },
      { blue: web, green: web },
    );

    it.each(Object.entries(NAMED))("has no name of %s twice", (_, pattern) => {
      const names = [...config.matchAll(pattern)].map(([, name]) => name);
      expect(names.length).toBeGreaterThan(2);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    });
  },
);
