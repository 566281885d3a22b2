import type { Rounding } from "./elementwise.ts";

/** m, k, n: left is [m, k], right is [k, n]. */
export interface DotSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** The same for whole numbers, modulo 2^32; `round` wraps to the dtype. */
export function dotIntegersInto(
  out: Float64Array,
  sides: { readonly left: Float64Array; readonly right: Float64Array },
  { m, k, n }: DotSizes,
  round: (value: number) => number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let p = 0; p < k; p++)
        total = (total + Math.imul(sides.left[i * k + p] ?? 0, sides.right[p * n + j] ?? 0)) | 0;
      out[i * n + j] = round(total);
    }
  }
}

/** out[m, n] = sum over k of left[m, k] * right[k, n]; in exact mode every product and sum is rounded to f32. */
export function dotInto(
  out: Float64Array,
  sides: { readonly left: Float64Array; readonly right: Float64Array },
  sizes: DotSizes,
  rounding: Rounding,
): void {
  const { m, k, n } = sizes;
  const row = rounding === "exact" ? new Float32Array(n) : new Float64Array(n);
  const addRow = rounding === "exact" ? addScaledF32 : addScaledF64;
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let p = 0; p < k; p++) addRow(row, sides.left[i * k + p] ?? 0, sides.right, p * n);
    out.set(row, i * n);
  }
}

function addScaledF32(
  row: Float32Array | Float64Array,
  scale: number,
  right: Float64Array,
  at: number,
): void {
  for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) + Math.fround(scale * (right[at + j] ?? 0));
}

function addScaledF64(
  row: Float32Array | Float64Array,
  scale: number,
  right: Float64Array,
  at: number,
): void {
  for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) + scale * (right[at + j] ?? 0);
}
