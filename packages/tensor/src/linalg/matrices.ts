import { Fault } from "@tilebook/base";
import { floatType } from "../promote.ts";
import { type Expr, pick } from "../expr.ts";
import { powerOfTwo } from "../library/launch.ts";
import { cast } from "../nodes.ts";
import { sayShape, type Shape, sizeOf } from "../shape.ts";

/** Matrices [..., rows, columns] in f32, one program each. */
export interface Matrices {
  readonly expr: Expr;
  /** The axes before the last two. */
  readonly lead: Shape;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** One program holds a row or a column in one tile, and goes through the matrix as often as it has columns. */
const largest = 512;

/** Faults `linalg/shape`, `linalg/size`. */
export function matricesOf(input: Expr, what: string): Matrices {
  if (input.shape.length < 2)
    throw wrongShape(
      `${what} needs matrices [..., m, n], not ${sayShape(input.shape)}`,
      "add axes with reshape",
    );
  const [rows, columns] = [
    pick(input.shape, input.shape.length - 2),
    pick(input.shape, input.shape.length - 1),
  ];
  if (Math.max(rows, columns) > largest) {
    const message = `${what} of ${rows} x ${columns}: each matrix is the work of one workgroup, so at most ${largest} fit`;
    throw new Fault("linalg/size", message, {
      hint: "split it into blocks, and put them together by matmul",
    });
  }
  const lead = input.shape.slice(0, -2);
  return { expr: cast(input, "f32"), lead, count: sizeOf(lead), rows, columns };
}

/** Faults `linalg/shape`. */
export function squaresOf(input: Expr, what: string): Matrices {
  const matrices = matricesOf(input, what);
  if (matrices.rows === matrices.columns) return matrices;
  throw wrongShape(
    `${what} needs square matrices, not ${sayShape(input.shape)}`,
    "use lstsq, qr or svd for others",
  );
}

/** Right sides [..., n, k] of as many equations; the axes before are equal. */
export function rightSides(a: Matrices, b: Expr, what: string): Matrices {
  const found = matricesOf(b, what);
  if (found.rows === a.rows && found.lead.join() === a.lead.join()) return found;
  const message = `${what} of ${sayShape(a.expr.shape)} with right sides ${sayShape(b.shape)}`;
  throw wrongShape(
    message,
    `right sides are [${[...a.lead, a.rows].join(", ")}, k], or one vector [${a.rows}]`,
  );
}

/** Halves in, halves out; all else is f32. */
export function backTo(input: Expr, result: Expr): Expr {
  return cast(result, floatType(input.dtype));
}

/** How many rows of `width` columns a program takes at a time: 2048 numbers are enough for a workgroup. */
export function tilesOf(rows: number, width: number): { readonly ROWS: number; readonly WIDTH: number } {
  const WIDTH = powerOfTwo(width);
  return { ROWS: Math.min(powerOfTwo(rows), Math.max(1, 2048 / WIDTH)), WIDTH };
}

export function wrongShape(message: string, hint: string): Fault {
  return new Fault("linalg/shape", message, { hint });
}
