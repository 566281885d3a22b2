import type { NodeId } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Rows that lie in those of a wider value: element j of row r is element `start + j` of row r of `of`, whose rows have `step` elements. */
export interface RowView {
  readonly of: Expr;
  readonly start: number;
  readonly step: number;
}

/**
 * What rows [n, ...] are cut out of, where they are parts of the rows of something else: queries, keys and values of one product are read where
 * they lie, and not copied before.
 */
export function rowView(x: Expr): RowView {
  let [of, start] = [x, 0];
  for (;;) {
    const cut = cutOf(of);
    if (cut === undefined) return { of, start, step: rowLength(of) };
    of = cut.of;
    start += cut.start;
  }
}

function cutOf(expr: Expr): { readonly of: Expr; readonly start: number } | undefined {
  const [of] = expr.inputs;
  if (of === undefined || expr.isRead || of.shape[0] !== expr.shape[0]) return undefined;
  const node = expr.recipe?.make(
    expr.inputs.map((_, id): NodeId => id),
    0,
  );
  if (node?.kind === "reshape") return { of, start: 0 };
  if (node?.kind !== "slice" || node.step !== undefined) return undefined;
  const start = startInRow(node.start, expr.shape, of.shape);
  return start === undefined ? undefined : { of, start };
}

/** Where in its row a slice of whole rows begins, if it lies there in one piece: only one axis is cut, but for axes of one element before it. */
function startInRow(start: readonly number[], shape: Shape, whole: Shape): number | undefined {
  const cut = shape.findIndex((size, axis) => axis > 0 && size > 1);
  const inOnePiece = shape.every((size, axis) => axis === 0 || axis <= cut || size === whole[axis]);
  if (cut > 0 && !inOnePiece) return undefined;
  return start.reduce(
    (sum, from, axis) => sum * (axis === 0 ? 0 : (whole[axis] ?? 1)) + (axis === 0 ? 0 : from),
    0,
  );
}

function rowLength({ shape }: Expr): number {
  return sizeOf(shape.slice(1));
}
