/**
 * How many containers of a new set are replaced and started at once on a host whose other set serves: half as many as it
 * has processors, so that the other half is left to those that serve. What the engine does for a start is in no container,
 * and no container's weight bounds it.
 *
 * @param processors of the host; null: nobody has asked, and one at a time disturbs no host.
 */
export function startsAtOnce(processors: number | null): number {
  return Math.max(1, Math.floor((processors ?? 1) / 2));
}
