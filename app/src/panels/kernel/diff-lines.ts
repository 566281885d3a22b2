/** What became of a line between two texts. */
export type Change = "added" | "removed";

export interface LineChanges {
  /** Lines (1-based) of the text before that are not in the one after. */
  readonly removed: ReadonlySet<number>;
  /** Lines of the text after that were not in the one before. */
  readonly added: ReadonlySet<number>;
}

/** Texts with more lines than this, multiplied, are compared as sets of lines: a table of all pairs would be too large. */
const mostPairs = 4_000_000;

/** Compares two texts line by line: the longest common subsequence stays, blanks at the ends of lines do not count. */
export function diffLines(before: string, after: string): LineChanges {
  const [a, b] = [before, after].map((text) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd()),
  );
  if (a === undefined || b === undefined) return { removed: new Set(), added: new Set() };
  return a.length * b.length > mostPairs ? bySet(a, b) : bySequence(a, b);
}

const missing = (lines: readonly string[], other: ReadonlySet<string>): Set<number> =>
  new Set(lines.flatMap((line, at) => (other.has(line) ? [] : [at + 1])));

function bySet(a: readonly string[], b: readonly string[]): LineChanges {
  return { removed: missing(a, new Set(b)), added: missing(b, new Set(a)) };
}

function bySequence(a: readonly string[], b: readonly string[]): LineChanges {
  const width = b.length + 1;
  // kept[i * width + j]: most lines in common from a[i] and b[j] on.
  const kept = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(kept[(i + 1) * width + j] ?? 0, kept[i * width + j + 1] ?? 0);
      kept[i * width + j] = a[i] === b[j] ? 1 + (kept[(i + 1) * width + j + 1] ?? 0) : skip;
    }
  }
  const [removed, added] = [new Set<number>(), new Set<number>()];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [down, right] = [kept[(i + 1) * width + j] ?? -1, kept[i * width + j + 1] ?? -1];
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && down >= right)) removed.add(++i);
    else added.add(++j);
  }
  return { removed, added };
}
