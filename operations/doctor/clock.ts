import { good, type Examination } from "./examination";

/** Certificates, signatures of AWS and the order of events rest on it. */
const MOST_SECONDS = 5;

/** Whether the host's clock and this machine's agree. */
export const clock: Examination = {
  name: "clock",
  async look({ host }) {
    const connected = await host();
    const engine = await connected.engine();
    const before = Date.now();
    const { SystemTime } = (await engine.info()) as { SystemTime: string };
    const after = Date.now();
    const its = Date.parse(SystemTime);
    // It was read somewhere between question and answer.
    const apart = Math.max(0, its - after, before - its) / 1000;
    if (apart <= MOST_SECONDS) return good("the host's agrees with this machine's");
    return [
      {
        condition: "bad",
        says: `${connected.name} and this machine are ${Math.round(apart)} s apart`,
        means: "certificates, logins and the times of events are judged wrongly",
        mend: "timedatectl set-ntp true (on the one that is wrong)",
      },
    ];
  },
};
