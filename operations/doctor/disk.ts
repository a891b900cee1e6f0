import type { Examination, Finding } from "./examination";

/** Where it begins to be told, and where it is bad, in bytes. */
const LITTLE = 2e9;
const TOO_LITTLE = 3e8;

/** How much room there is for images and containers, and for the stack's records. */
export const disk: Examination = {
  name: "disk",
  async look({ stack, settings, host }) {
    const connected = await host();
    const { DockerRootDir } = (await (await connected.engine()).info()) as {
      DockerRootDir: string;
    };
    const places = new Map([
      [DockerRootDir, "images and containers"],
      [settings.directory, "the stack's records"],
    ]);
    const found = await Promise.all(
      [...places].map(async ([place, what]): Promise<Finding | null> => {
        const space = await connected.files.freeBytes(place);
        if (space === null) return null;
        const says = `${(space / 1e9).toFixed(1)} GB free for ${what} (${place})`;
        if (space >= LITTLE) return { condition: "good", says };
        return {
          condition: space < TOO_LITTLE ? "bad" : "warning",
          says,
          means: "images cannot be pulled, and records cannot be written",
          mend: `maestro prune --stack ${stack}`,
        };
      }),
    );
    return found.filter((finding) => finding !== null);
  },
};
