import type { Settings } from "../config/settings";

/** Variables of the environment that channels need and this deployer has not, a line each: no release waits for them. */
export function missingForNotices({ notices }: Settings): string[] {
  return (notices ?? []).flatMap((channel) =>
    Object.entries(channel).flatMap(([key, variable]) => {
      const isMissing = key.endsWith("From") && !process.env[String(variable)];
      if (!isMissing) return [];
      return [
        `notices: ${String(variable)} is not set, so ${channel.name} is not told by this deployer; set it, or run ` +
          `\`maestro notices send\` where it is`,
      ];
    }),
  );
}
