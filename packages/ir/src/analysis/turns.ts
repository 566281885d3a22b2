import type { ForOp, TileKernel, TileOp } from "../tile.ts";
import { formsOf, type LaunchFacts } from "./forms.ts";

/**
 * How many turns of loops every program of a launch takes, nested ones multiplied: at least so many. A loop that may end
 * early, one whose bounds depend on data or on the program, and one in a branch count as if they took a single turn or none.
 */
export function turnsAtLeast(kernel: TileKernel, facts: LaunchFacts): number {
  const { turns } = formsOf(kernel, facts);
  const of = (op: ForOp): number => (op.while === undefined ? (turns.get(`t${op.index}`) ?? 1) : 1);
  return countIn(kernel.body, of);
}

function countIn(body: readonly TileOp[], of: (op: ForOp) => number): number {
  let sum = 0;
  for (const op of body) if (op.kind === "for") sum += of(op) * Math.max(1, countIn(op.body, of));
  return sum;
}
