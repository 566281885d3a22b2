interface Named {
  readonly title: string;
  readonly group: string;
  readonly also?: string;
}

/** Those whose names have all the words, in any order; names that begin with the words come first. */
export function matching<T extends Named>(all: readonly T[], text: string): T[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [...all];
  const whole = words.join(" ");
  return all
    .filter((choice) => words.every((word) => wordsOf(choice).includes(word)))
    .toSorted((a, b) => Number(begins(b, whole)) - Number(begins(a, whole)));
}

function wordsOf({ group, title, also = "" }: Named): string {
  return `${group} ${title} ${also}`.toLowerCase();
}

function begins({ title, also = "" }: Named, whole: string): boolean {
  return [title, ...also.split(", ")].some((name) => name.toLowerCase().startsWith(whole));
}
