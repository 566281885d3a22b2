const hour = 3_600_000;
const always = 16;
const mostHours = 48;

/**
 * Which versions may go, by key: all but the newest 16 and, before those, the last of each hour for 48 hours with
 * work in them. Keys rise with time.
 */
export function superfluous(versions: readonly { readonly key: number; readonly at: number }[]): number[] {
  const newestFirst = versions.toSorted((a, b) => b.key - a.key);
  const hours = new Set<number>();
  return newestFirst.flatMap(({ key, at }, index) => {
    if (index < always) return [];
    const when = Math.floor(at / hour);
    if (hours.has(when) || hours.size >= mostHours) return [key];
    hours.add(when);
    return [];
  });
}
