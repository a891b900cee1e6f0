import { askModule } from "../gates/module";
import type { ChannelSettings } from "../rules/notices/channels";
import { NotTold, type Listener } from "./listener";

const PATIENCE_SECONDS = 10;

/**
 * A module of the project's own. It exports `ask(notice, options)`: nothing once it has told, a text says why it could not.
 *
 * @param root directory that its path is relative to; it works there.
 */
export function moduleListener(
  channel: ChannelSettings & { kind: "module" },
  root: string,
): Listener {
  const { name, module, options } = channel;
  return {
    name,
    async tell(notice) {
      const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
      const says = await askModule(root, { module, options }, notice, signal).catch(
        (error: unknown) => (error as Error).message,
      );
      if (says !== null) throw new NotTold(says, "later");
    },
  };
}
