import { Fault } from "@tilebook/base";
import { Expr, pick } from "../expr.ts";
import { broadcast, cast, reshape } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { broadcastShape, sayShape, sizeOf } from "../shape.ts";
import { transpose } from "../views.ts";
import { float, lastTwo, resultType } from "./shared.ts";

export interface MatmulOptions {
  /** The right side is stored as [..., n, k]. Saves a copy: `matmul(q, k, { transposeRight: true })`. */
  readonly transposeRight?: boolean;
}

/** left [..., m, k] times right [..., k, n], accumulated in f32. Vectors and leading axes as in NumPy. */
export function matmul(a: Expr, b: Expr, options: MatmulOptions = {}): Expr {
  checkOptions("matmul", options, ["transposeRight"]);
  const transposeRight = options.transposeRight ?? false;
  if (a.shape.length === 0 || b.shape.length === 0)
    throw mismatch(a, b, "matmul needs tensors of rank 1 or more");
  const [left, right] = [asMatrix(a, true), asMatrix(b, transposeRight)];
  const [m, k] = lastTwo(left.shape);
  const [rightRows, rightColumns] = lastTwo(right.shape);
  const [n, rightK] = transposeRight ? [rightRows, rightColumns] : [rightColumns, rightRows];
  if (k !== rightK) throw mismatch(a, b, innerHint(k, rightK, n === k, transposeRight));
  const lead = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const isShared = sizeOf(right.shape.slice(0, -2)) === 1 && sizeOf(lead) > 1;
  const matrix = isShared ? float(reshape(right, [rightRows, rightColumns])) : float(right);
  const leftSide = float(broadcast(left, [...lead, m, k]));
  const plain = Expr.of({
    type: { shape: [...lead, m, n], dtype: "f32" },
    inputs: [leftSide, broadcast(matrix, [...lead, rightRows, rightColumns])],
    make: (ids) => ({ kind: "matmul", left: pick(ids, 0), right: pick(ids, 1), transposeRight }),
  });
  const product = isShared
    ? plain.withGradient({
        of: [leftSide, matrix],
        pull: (g) => pullShared(g, leftSide, matrix, transposeRight),
      })
    : plain;
  const shape = [...lead, ...(a.shape.length > 1 ? [m] : []), ...(b.shape.length > 1 ? [n] : [])];
  return cast(reshape(product, shape), resultType(a, b));
}

/** The way back of a product by one matrix for all leading axes: what the matrix gets is one product over all rows, not a sum of products. */
function pullShared(g: Expr, left: Expr, matrix: Expr, transposeRight: boolean): readonly Expr[] {
  const ofLeft = matmul(g, matrix, { transposeRight: !transposeRight });
  const [rows, pulled] = [asRows(left), asRows(g)];
  return [ofLeft, transposeRight ? matmul(transpose(pulled), rows) : matmul(transpose(rows), pulled)];
}

/** All rows of all matrices below each other. */
function asRows(matrices: Expr): Expr {
  const width = pick(matrices.shape, matrices.shape.length - 1);
  return reshape(matrices, [sizeOf(matrices.shape) / width, width]);
}

/** A vector as a matrix of one row (`asRow`) or one column. */
function asMatrix(side: Expr, asRow: boolean): Expr {
  if (side.shape.length > 1) return side;
  return reshape(side, asRow ? [1, ...side.shape] : [...side.shape, 1]);
}

function innerHint(k: number, rightK: number, transposedFits: boolean, transposeRight: boolean): string {
  const must = `the inner sizes ${k} and ${rightK} must be equal`;
  if (!transposedFits) return must;
  return `${must}; did you mean ${transposeRight ? "no transposeRight" : "b.T, or { transposeRight: true }"}?`;
}

function mismatch(a: Expr, b: Expr, hint: string): Fault {
  return new Fault("shape/matmul", `cannot multiply ${sayShape(a.shape)} by ${sayShape(b.shape)}`, { hint });
}
