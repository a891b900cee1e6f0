import { execIn } from "../../host/engine";
import { findServer } from "../../host/serverVersion";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { good, type Examination } from "./examination";

/** Whether the stack's own database server accepts connections. */
export const database: Examination = {
  name: "database",
  async look({ settings, prefix, host }) {
    if (settings.postgres === null) return [];
    const engine = await (await host()).engine();
    const name = postgresContainerName(prefix);
    const server = await findServer(engine, name);
    const means = "services that keep their data there are not ready";
    if (server === null) {
      return [{ condition: "warning", says: `${name} is not there yet`, mend: "pulumi up" }];
    }
    if (!server.running) {
      const mend = `docker start ${name}`;
      return [{ condition: "bad", says: `${name} is stopped`, means, mend }];
    }
    const { exitCode, output } = await execIn(engine, name, ["pg_isready", "-h", "/tmp"]);
    if (exitCode === 0) return good(`${name} accepts connections`);
    return [{ condition: "bad", says: `${name}: ${output}`, means, mend: `docker logs ${name}` }];
  },
};
