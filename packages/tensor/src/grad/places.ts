import { valueDType } from "@tilebook/ir";
import { Expr, pick } from "../expr.ts";
import { fill } from "../nodes.ts";
import type { Shape } from "../shape.ts";

/** Where the elements of a smaller tensor stand in a larger one: on each axis at start + i * step. */
export interface Places {
  readonly start: readonly number[];
  readonly step?: readonly number[] | undefined;
}

/** The elements at these places. */
export function slicedAt(input: Expr, shape: Shape, places: Places): Expr {
  return Expr.of({
    type: { shape, dtype: input.dtype },
    inputs: [input],
    make: (ids) => ({ kind: "slice", input: pick(ids, 0), ...given(places) }),
  });
}

/** `into`, with `input` at these places. */
export function pastedAt(input: Expr, into: Expr, places: Places): Expr {
  return Expr.of({
    type: into.type,
    inputs: [input, into],
    make: (ids) => ({ kind: "paste", input: pick(ids, 0), into: pick(ids, 1), ...given(places) }),
  });
}

export function zeros({ shape, dtype }: Expr): Expr {
  return fill(0, shape, valueDType(dtype));
}

function given({ start, step }: Places): {
  readonly start: readonly number[];
  readonly step?: readonly number[];
} {
  return step === undefined ? { start } : { start, step };
}
