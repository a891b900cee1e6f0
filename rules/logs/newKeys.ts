/** Lines or requests among which one that is told again is recognized. */
const KNOWN_KEYS = 100_000;

/**
 * Says of each key whether it is there for the first time; the oldest are forgotten.
 *
 * @param most how many are known, at least.
 */
export function newKeys(most = KNOWN_KEYS): (key: string) => boolean {
  let older = new Set<string>();
  let newer = new Set<string>();
  return (key) => {
    if (newer.has(key) || older.has(key)) return false;
    newer.add(key);
    if (newer.size >= most) [older, newer] = [newer, new Set()];
    return true;
  };
}
