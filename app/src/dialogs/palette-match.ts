/** Those whose name has all the words, in any order; names that begin with the words come first. */
export function matching<T extends { readonly title: string; readonly group: string }>(
  all: readonly T[],
  text: string,
): T[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [...all];
  const whole = words.join(" ");
  return all
    .filter(({ title, group }) => words.every((word) => `${group} ${title}`.toLowerCase().includes(word)))
    .toSorted(
      (a, b) =>
        Number(b.title.toLowerCase().startsWith(whole)) - Number(a.title.toLowerCase().startsWith(whole)),
    );
}
