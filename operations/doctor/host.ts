import { requireWritable } from "../setup/prepareHost";
import { good, type Examination } from "./examination";

/** Whether the host is reached, shows the right key, and lets the stack's directory be written. */
export const host: Examination = {
  name: "host",
  async look({ settings, host: connect }) {
    const connected = await connect();
    await requireWritable(connected, settings.directory);
    return good(`${connected.name}, ${settings.directory}`);
  },
};
