import { boxingOf } from "./boxing.ts";
import { liesOn, type Sbp } from "./sbp.ts";
import { type Algorithm, algorithmsOf } from "./schedule.ts";

/** A tensor that is brought from one layout to another. */
export interface Moving {
  readonly from: Sbp;
  readonly to: Sbp;
  readonly ranks: number;
}

/**
 * The ways of a boxing that give the same numbers as the direct one, bit by bit, for as many bytes: of these the links may decide, since nobody can tell them
 * apart but by the clock. A tree adds halves first, so its sums are rounded otherwise; a ring's sum ends at the last rank, a
 * tree's at the first, and goes on from there for T more; a ring's reduce-scatter goes on for (p - 1) / p T.
 */
export function harmlessWays({ from, to, ranks }: Moving): readonly Algorithm[] {
  const boxing = boxingOf(from, to);
  const isSum = from.kind === "partial" && from.op === "sum";
  return algorithmsOf(boxing).filter((algorithm) => {
    if (algorithm === "direct") return true;
    if (boxing === "reduce-scatter" || (algorithm === "tree" && isSum)) return false;
    return boxing !== "reduce" || liesOn(to, algorithm === "ring" ? ranks - 1 : 0);
  });
}

/** The rank that all comes from or goes to; 0 where there is none. */
export function rootOf({ from, to }: Moving): number {
  if (from.kind === "at") return from.rank;
  return to.kind === "at" ? to.rank : 0;
}
