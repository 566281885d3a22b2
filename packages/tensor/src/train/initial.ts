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

function drawInside(next: Random): number {
  for (;;) {
    const value = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    if (Math.abs(value) <= 2) return value;
  }
}
