import { halfValue } from "../bytes.ts";
import { Expr } from "../expr.ts";

/** Codes whose first half lies in the low halves of bytes and whose second half in the high ones, as codes next to each other. */
export function inOrder(halved: Uint8Array, codes: Uint8Array): void {
  const half = halved.byteLength / 2;
  for (let at = 0; at < half; at++) {
    const [one, two] = [halved[2 * at] ?? 0, halved[2 * at + 1] ?? 0];
    codes[at] = (one & 15) | ((two & 15) << 4);
    codes[half + at] = (one >> 4) | (two & 240);
  }
}

export function halfAt(bytes: Uint8Array, at: number): number {
  return halfValue((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
}

/** The halves that blocks of `size` bytes begin with, as f16 [blocks, 1]. */
export function firstHalves(bytes: Uint8Array, size: number): Expr {
  const count = bytes.byteLength / size;
  const found = new Uint8Array(count * 2);
  for (let block = 0; block < count; block++) {
    found[block * 2] = bytes[block * size] ?? 0;
    found[block * 2 + 1] = bytes[block * size + 1] ?? 0;
  }
  return Expr.data(found, { dtype: "f16", shape: [count, 1] });
}

/** A plane f32 [groups, 1]. */
export function floats(values: Float32Array<ArrayBuffer>): Expr {
  return Expr.data(new Uint8Array(values.buffer), { dtype: "f32", shape: [values.length, 1] });
}
