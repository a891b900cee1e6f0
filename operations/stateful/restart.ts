import { stackPrefix } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { findStateful } from "../../host/statefulContainers";
import { noteEvent } from "../../steps/shared/noteEvent";
import { findUnwell } from "../../steps/stateful/start";
import { readStackSettings } from "../shared/stackFile";

/** What `maestro restart` is told. */
export interface RestartOptions {
  readonly stack: string;
  readonly service?: readonly string[];
  readonly preview?: boolean;
  readonly json?: boolean;
}

/**
 * `restart` of stateful services: there is one container of each, so it is stopped and started, with what it runs and with
 * its data. Whoever uses it notices.
 *
 * @param names those of them that are stateful.
 */
export async function restartStateful(
  { stack, service = [], preview, json }: RestartOptions,
  names: readonly string[],
): Promise<number> {
  const others = service.filter((name) => !names.includes(name));
  if (others.length > 0) {
    throw new Error(
      `restart: ${names.join(", ")} is stateful and stopped for it, ${others.join(", ")} goes through the idle set; restart them one after the other`,
    );
  }
  const services = [...new Set(names)].sort();
  if (json) console.log(JSON.stringify({ stack, stopped: services }, null, 2));
  else {
    console.log(
      `${stack}: ${services.join(", ")} is stopped and started again: there is one container of it, so users may notice`,
    );
  }
  if (preview) return 0;
  const settings = readStackSettings(stack);
  await withHost(settings.host, async (host) => {
    const { records } = new HostDirectory(host, settings.directory);
    const engine = await host.engine();
    for (const name of services) {
      const place = { engine, prefix: stackPrefix(stack), service: name };
      const applied = (await records.stateful.read(name))?.applied;
      const { current } = await findStateful(place);
      if (!applied || !current) {
        throw new Error(
          `${name}: its container is missing; \`pulumi up\` makes it again on its data`,
        );
      }
      await engine.getContainer(current.id).restart({ t: applied.stopGraceSeconds });
      const problem = await findUnwell(place, applied, current);
      const reason = problem === null ? {} : { reason: problem };
      await noteEvent(records, { kind: "stateful restarted", service: name, ...reason });
      if (problem !== null)
        throw new Error(`${name}: ${problem}; see \`maestro logs --service ${name}\``);
    }
  });
  return 0;
}
