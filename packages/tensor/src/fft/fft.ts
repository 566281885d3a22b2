import { Fault } from "@tilebook/base";
import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { cast, permute, reshape } from "../nodes.ts";
import { checkAxis, sizeOf } from "../shape.ts";
import { constants, fromReal, multiply, needComplex, realPart, resized } from "./complex.ts";
import { type Sign, transformRows, unit } from "./rows.ts";

/** Along one axis of a complex tensor; axes are counted without the last one, of real and imaginary part. */
export function fft(input: Expr, axis: number): Expr {
  return along(needComplex(input), axis, (rows) => transformRows(rows, -1));
}

/** The inverse of `fft`: divided by n. */
export function ifft(input: Expr, axis: number): Expr {
  return along(needComplex(input), axis, (rows) =>
    arithmetic("mul", transformRows(rows, 1), 1 / (rows.shape[1] ?? 1)),
  );
}

/** Of real numbers: the first n / 2 + 1 of the n complex results; the others are their conjugates. */
export function rfft(input: Expr, axis: number): Expr {
  return along(fromReal(input), axis, (rows) => {
    const n = rows.shape[1] ?? 1;
    return resized(transformRows(rows, -1), 1, Math.floor(n / 2) + 1);
  });
}

/** The n real numbers whose `rfft` this is; n is even unless said otherwise. Faults `shape/irfft`. */
export function irfft(input: Expr, axis: number, length?: number): Expr {
  const complex = needComplex(input);
  const at = checkAxis(axis, complex.shape.length - 1);
  const half = complex.shape[at] ?? 1;
  const n = length ?? 2 * (half - 1);
  if (!Number.isInteger(n) || n < 1 || Math.floor(n / 2) + 1 !== half) {
    const message = `${half} complex numbers along the axis are not those of ${n} real ones`;
    const hint = `give n: ${Math.max(1, 2 * half - 2)} or ${2 * half - 1}`;
    throw new Fault("shape/irfft", message, { hint });
  }
  // What is left out is the conjugate of what is there, so the real part of what is there counts twice.
  const weights = Array.from({ length: half }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2) / n);
  const made = along(complex, at, (rows) => {
    const weighted = arithmetic("mul", rows, constants(weights, [half, 1]));
    return transformRows(resized(weighted, 1, n), 1);
  });
  return realPart(made);
}

/** DCT-II: y[k] = 2 sum of x[j] cos(pi k (2j + 1) / 2n), as SciPy's without a norm. */
export function dct(input: Expr, axis: number): Expr {
  const made = along(fromReal(input), axis, (rows) => {
    const n = rows.shape[1] ?? 1;
    const spectrum = resized(transformRows(resized(rows, 1, 2 * n), -1), 1, n);
    return multiply(
      spectrum,
      quarterTurns(n, -1, () => 2),
    );
  });
  return realPart(made);
}

/** The inverse of `dct`: DCT-III over 2n. */
export function idct(input: Expr, axis: number): Expr {
  const made = along(fromReal(input), axis, (rows) => {
    const n = rows.shape[1] ?? 1;
    const weighted = multiply(
      rows,
      quarterTurns(n, 1, (k) => (k === 0 ? 1 : 2) / (2 * n)),
    );
    return resized(transformRows(resized(weighted, 1, 2 * n), 1), 1, n);
  });
  return realPart(made);
}

/** weight(k) exp(sign pi i k / 2n) */
function quarterTurns(n: number, sign: Sign, weight: (k: number) => number): Expr {
  const values = Array.from({ length: n }, (_, k) => unit(sign * k, 4 * n).map((part) => part * weight(k)));
  return constants(values.flat(), [n, 2]);
}

/** Works on the rows [count, n, 2] along an axis; the result may have another n. */
function along(input: Expr, axis: number, work: (rows: Expr) => Expr): Expr {
  const pair = input.shape.length - 1;
  const at = checkAxis(axis, pair);
  const order = [...input.shape.map((_, n) => n).filter((n) => n !== at && n !== pair), at, pair];
  const turned = permute(cast(input, "f32"), order);
  const n = pick(input.shape, at);
  const made = work(reshape(turned, [sizeOf(input.shape) / (2 * n), n, 2]));
  const shape = [...turned.shape.slice(0, -2), ...made.shape.slice(1)];
  return permute(
    reshape(made, shape),
    input.shape.map((_, axisOf) => order.indexOf(axisOf)),
  );
}
