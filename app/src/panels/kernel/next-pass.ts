/** Two neighbouring stages: the texts before and after one pass. */
export interface PassStep {
  readonly before: string;
  readonly after: string;
}

/** The pass `by` steps on from the one that gave `after`, 0 being that one itself; undefined beyond either end. */
export function nextPass(
  views: readonly { readonly name: string }[],
  after: string | undefined,
  by: number,
): PassStep | undefined {
  const here = views.findIndex(({ name }) => name === after);
  const [before, next] = [views[here + by - 1], views[here + by]];
  return before === undefined || next === undefined ? undefined : { before: before.name, after: next.name };
}
