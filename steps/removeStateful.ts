import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { removeSecretFiles } from "../host/secretFiles";
import { findStateful, takeStateful } from "../host/statefulContainers";
import { statefulHolder } from "../rules/stateful/statefulPlan";
import type { StatefulInput } from "../rules/stepInput";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";

/** Takes a stateful service away where a stack has it no more; its data stay. */
export async function main(): Promise<void> {
  const { host: address, prefix, service, ...input } = readInput<StatefulInput>("removeStateful");
  await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, input.directory);
    const engine = await host.engine();
    const { plan } = input;
    const found = await findStateful({ engine, prefix, service });
    for (const container of [found.current, found.before]) {
      if (container) await takeStateful(engine, container.id, plan.stopGraceSeconds);
    }
    const record = await records.stateful.read(service);
    if (plan.secrets) {
      const { directory } = plan.secrets;
      const files = { engine, prefix, directory, color: statefulHolder(service) };
      await removeSecretFiles(files).catch((error: Error) => {
        console.log(`WARNING: files of its secrets are left in ${directory}: ${error.message}`);
      });
    }
    if (!record) return;
    await records.stateful.write(service, { ...record, removed: true });
    await noteEvent(records, { kind: "stateful removed", service });
    console.log(
      `${service} is taken away; its data stay in the volume ${record.volume}, \`docker volume rm ${record.volume}\` forgets them`,
    );
  });
}
