import type { Step, Way } from "./program.ts";

/** Its launches, in order: one or two. */
export function stepsOf({ kernel, grid, scalars, finish }: Way): readonly Step[] {
  const first = { kernel, grid, scalars };
  return finish === undefined ? [first] : [first, finish];
}
