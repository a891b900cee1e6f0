import type { DriftFinding, DriftRule } from "./finding";

/** A container that was started again and is as its record says: worth knowing, and no drift. */
export const restarts: DriftRule = {
  kinds: ["restarted"],
  find({ sets }) {
    return sets.flatMap(({ containers }) =>
      containers.flatMap(({ name, found }): DriftFinding[] => {
        if (found?.state !== "running" || found.endedAt === null) return [];
        const says = "was started again, and is as its record says";
        const since = found.startedAt;
        return [
          { id: `restarted/${name}`, severity: "note", where: name, says, since, repair: null },
        ];
      }),
    );
  },
};
