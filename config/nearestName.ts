/** The candidate a mistyped name most likely means, or undefined if none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.slice(0, MAX_LENGTH).toLowerCase();
  let limit = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let nearest: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) < limit) {
      const distance = editDistance(wanted, candidate.toLowerCase());
      if (distance < limit) {
        [limit, nearest] = [distance, candidate];
      }
    }
  }
  return nearest;
}

/** What to do about a name that is not declared. */
export function suggestName(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "declare it or remove it" : `did you mean \`${nearest}\`?`;
}

/** Longer names are cut before comparing: the time grows with the product of the lengths. */
const MAX_LENGTH = 60;

/** Insertions, deletions, replacements and swaps of neighbors between two words. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? (beforePrevious[column - 2] ?? Infinity) + 1
          : Infinity;
      current.push(
        Math.min(
          (previous[column] ?? Infinity) + 1,
          (current[column - 1] ?? Infinity) + 1,
          (previous[column - 1] ?? Infinity) + cost,
          swapped,
        ),
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length] ?? Infinity;
}
