/**
 * The candidate most like `name`: the same but for case, or with at most one slip in every three letters. Names of one
 * or two letters are too short for slips.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of candidates) {
    const slips = candidate.toLowerCase() === name.toLowerCase() ? 0.5 : distance(name, candidate, least);
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours; `most` when it is not less. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? most) + 1 : most;
      row.push(
        Math.min((above[j] ?? most) + 1, (row[j - 1] ?? most) + 1, (above[j - 1] ?? most) + same, swap),
      );
    }
    [before, above] = [above, row];
  }
  return above.at(-1) ?? most;
}
