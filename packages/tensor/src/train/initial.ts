import { Fault, type Random } from "@tilebook/base";
import { toBytes } from "../bytes.ts";
import { normal, uniform } from "../create.ts";
import { Expr } from "../expr.ts";
import { checkShape, sayShape, type Shape, sizeOf } from "../shape.ts";

/** What the spread of a weight's elements goes by: `[..., in, out]`, and axes before (a window) count into both. */
function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const [wide = 1, high = 1] = [shape.at(-1), shape.at(-2)];
  if (shape.length < 2) {
    throw new Fault("initial/shape", `weights have at least two axes, not ${sayShape(shape)}`, {
      hint: "[in, out]; biases start at tensor.zeros(out)",
    });
  }
  const window = sizeOf(shape.slice(0, -2));
  return { fanIn: window * high, fanOut: window * wide };
}

/** Uniform up to sqrt(6 / (in + out)) (Glorot and Bengio 2010, equation 16). */
export function glorotUniform(shape: unknown, next: Random): Expr {
  const { fanIn, fanOut } = fans(checkShape(shape));
  const most = Math.sqrt(6 / (fanIn + fanOut));
  return uniform(shape, next, -most, most);
}

/** Normal of variance 2 / (in + out) (Glorot and Bengio 2010, equation 12). */
export function glorotNormal(shape: unknown, next: Random): Expr {
  const { fanIn, fanOut } = fans(checkShape(shape));
  return normal(shape, next, 0, Math.sqrt(2 / (fanIn + fanOut)));
}

/** Uniform up to sqrt(6 / in), for layers before a relu (He et al. 2015). */
export function heUniform(shape: unknown, next: Random): Expr {
  const most = Math.sqrt(6 / fans(checkShape(shape)).fanIn);
  return uniform(shape, next, -most, most);
}

/** Normal of variance 2 / in, for layers before a relu (He et al. 2015, equation 10). */
export function heNormal(shape: unknown, next: Random): Expr {
  return normal(shape, next, 0, Math.sqrt(2 / fans(checkShape(shape)).fanIn));
}

/** Normal, but what is more than two deviations from the middle is drawn again. */
export function truncatedNormal(shape: unknown, next: Random, deviation: number): Expr {
  const sizes = checkShape(shape);
  const values = Float32Array.from({ length: sizeOf(sizes) }, () => deviation * drawInside(next));
  return Expr.data(toBytes(values, "f32"), { dtype: "f32", shape: sizes });
}

/**
 * A matrix [window * in, out] of which the rows are orthogonal to each other and of length `gain`, or the columns where there are
 * fewer of them; of all such matrices, each is equally likely (Saxe et al. 2014; Mezzadri 2007). On the processor, in f64.
 */
export function orthogonal(shape: unknown, next: Random, gain: number): Expr {
  const sizes = checkShape(shape);
  const { fanIn: rows } = fans(sizes);
  const columns = sizes.at(-1) ?? 1;
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) vectors.push(acrossAll(vectors, drawVector(length, next)));
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return gain * (rows <= columns ? (vectors[row]?.[column] ?? 0) : (vectors[column]?.[row] ?? 0));
  });
  return Expr.data(toBytes(values, "f32"), { dtype: "f32", shape: sizes });
}

function drawVector(length: number, next: Random): Float64Array {
  return Float64Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** The part of a vector that is orthogonal to some of length 1, of length 1. Twice, since the first time rounds. */
function acrossAll(others: readonly Float64Array[], vector: Float64Array): Float64Array {
  for (const other of [...others, ...others]) {
    const along = dot(other, vector);
    vector.forEach((value, at) => (vector[at] = value - along * (other[at] ?? 0)));
  }
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function drawInside(next: Random): number {
  for (;;) {
    const value = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    if (Math.abs(value) <= 2) return value;
  }
}
