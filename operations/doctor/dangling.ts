import { good, type Examination, type Finding } from "./examination";

/** Less is nothing to speak of, in bytes. */
const MUCH = 1e9;
const MANY_VOLUMES = 20;
/** Volumes of maestro's own, which no container has. */
const OWN_LABEL = /^io\.maestro\./;

/** Images without a name and volumes without a container: whose they are, no engine says. */
export const dangling: Examination = {
  name: "dangling",
  async look({ host }) {
    const engine = await (await host()).engine();
    const filters = { dangling: ["true"] };
    const [images, { Volumes }] = await Promise.all([
      engine.listImages({ filters }),
      engine.listVolumes({ filters }),
    ]);
    const bytes = images.reduce((sum, { Size }) => sum + Size, 0);
    const volumes = ((Volumes as typeof Volumes | null) ?? []).filter(
      ({ Labels }) =>
        !Object.keys((Labels as object | null) ?? {}).some((it) => OWN_LABEL.test(it)),
    );
    const findings: Finding[] = [];
    if (bytes >= MUCH) {
      findings.push({
        condition: "warning",
        says: `${images.length} images without a name, up to ${(bytes / 1e9).toFixed(1)} GB`,
        means: "they fill the disk",
        mend: "docker image prune",
      });
    }
    if (volumes.length >= MANY_VOLUMES) {
      findings.push({
        condition: "warning",
        says: `${volumes.length} volumes without a container`,
        means:
          "they fill the disk; one may be a database's, whose container is gone for the moment",
        mend: "docker volume ls --filter dangling=true",
      });
    }
    if (findings.length > 0) return findings;
    return good(
      `${images.length} images without a name, ${volumes.length} volumes without a container`,
    );
  },
};
