/** The name most like `name` among `known`, when only a slip of the fingers is between them. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const most = name.length <= 3 ? 1 : 2;
  let best: string | undefined;
  let least = most + 1;
  for (const other of known) {
    if (other === name || Math.abs(other.length - name.length) > most) continue;
    const away = slips(name.toLowerCase(), other.toLowerCase());
    if (away < least && away < other.length) [best, least] = [other, away];
  }
  return best;
}

/** How many letters were added, dropped, changed, or swapped with their neighbour. */
function slips(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
