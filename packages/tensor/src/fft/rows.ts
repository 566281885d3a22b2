import { matmul } from "../contract/matmul.ts";
import type { Expr } from "../expr.ts";
import { permute, reshape } from "../nodes.ts";
import { conjugate, constants, multiply, resized } from "./complex.ts";

/** -1 forward, 1 back: the sign in exp(sign 2 pi i j k / n). */
export type Sign = -1 | 1;

/** Largest transform that is one product with its matrix. Products are what a GPU does best, so this is not small. */
const direct = 64;

/**
 * The discrete Fourier transform of each row of [rows, n, 2], not divided by n. n = n1 n2 is taken apart as by Cooley and Tukey
 * (1965): products with the matrix of size n1, twiddles, and transforms of size n2. Sizes with a prime factor above 64 go
 * by a convolution (Bluestein, 1970).
 */
export function transformRows(x: Expr, sign: Sign): Expr {
  const [rows = 1, n = 1] = x.shape;
  if (n === 1) return x;
  if (n <= direct) return timesMatrix(x, n, sign);
  const n1 = factorOf(n);
  if (n1 === 1) return byConvolution(x, sign);
  const n2 = n / n1;
  const columns = permute(reshape(x, [rows, n1, n2, 2]), [0, 2, 1, 3]);
  const first = reshape(timesMatrix(reshape(columns, [rows * n2, n1, 2]), n1, sign), [rows, n2, n1, 2]);
  const turned = permute(multiply(first, twiddles(n1, n2, sign)), [0, 2, 1, 3]);
  const second = transformRows(reshape(turned, [rows * n1, n2, 2]), sign);
  return reshape(permute(reshape(second, [rows, n1, n2, 2]), [0, 2, 1, 3]), [rows, n, 2]);
}

/** The greatest factor of at most 64 that leaves something; 1 when a prime factor is larger. */
function factorOf(n: number): number {
  if (largestPrime(n) > direct) return 1;
  for (let factor = direct; factor > 1; factor--) if (n % factor === 0) return factor;
  return 1;
}

function largestPrime(n: number): number {
  let left = n;
  let found = 1;
  for (let prime = 2; prime * prime <= left; prime++)
    while (left % prime === 0) [left, found] = [left / prime, prime];
  return Math.max(left, found);
}

/** One product of [rows, 2n] by [2n, 2n]: each complex number of the matrix is a block of 2 x 2. */
function timesMatrix(x: Expr, n: number, sign: Sign): Expr {
  const [rows = 1] = x.shape;
  const values: number[] = [];
  for (let j = 0; j < n; j++)
    for (const imaginary of [false, true])
      for (let k = 0; k < n; k++) {
        const [re, im] = unit(sign * j * k, n);
        values.push(...(imaginary ? [-im, re] : [re, im]));
      }
  const product = matmul(reshape(x, [rows, 2 * n]), constants(values, [2 * n, 2 * n]));
  return reshape(product, [rows, n, 2]);
}

/** exp(sign 2 pi i j k / n), [n2, n1, 2] */
function twiddles(n1: number, n2: number, sign: Sign): Expr {
  const values: number[] = [];
  for (let j = 0; j < n2; j++) for (let k = 0; k < n1; k++) values.push(...unit(sign * j * k, n1 * n2));
  return constants(values, [n2, n1, 2]);
}

/** exp(2 pi i turns / n). Whole turns are taken off first, so the angle is exact. */
export function unit(turns: number, n: number): readonly [number, number] {
  const angle = (2 * Math.PI * (turns % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

/** j k = (j^2 + k^2 - (k - j)^2) / 2: the transform is a convolution with a chirp, of a size that is a power of two. */
function byConvolution(x: Expr, sign: Sign): Expr {
  const [, n = 1] = x.shape;
  const m = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp = Array.from({ length: n }, (_, j) => unit(sign * ((j * j) % (2 * n)), 2 * n));
  const around = Array.from({ length: m }, (_, j) => chirp[Math.min(j, m - j)] ?? [0, 0]);
  const filter = transformRows(conjugate(constants(around.flat(), [1, m, 2])), -1);
  const weights = constants(chirp.flat(), [n, 2]);
  const spectrum = transformRows(resized(multiply(x, weights), 1, m), -1);
  const convolved = transformRows(multiply(spectrum, filter), 1);
  return multiply(
    resized(convolved, 1, n),
    constants(
      chirp.flatMap(([re, im]) => [re / m, im / m]),
      [n, 2],
    ),
  );
}
