import { nextPowerOfTwo } from "../shape.ts";

/** How large the tiles of the shipped kernels are. Sizes are captured constants, so each choice is its own kernel. */

/** c is made in BM x BN blocks, k walked in steps of BK. With 32 rows or more a thread owns whole rows. */
export function matmulBlocks(m: number, n: number): { BM: number; BN: number; BK: number } {
  return { BM: clamp(nextPowerOfTwo(m), 16, 64), BN: clamp(nextPowerOfTwo(n), 16, 64), BK: 16 };
}

/** BQ queries a program, BK keys a step. Wide heads take fewer rows, so that a thread's row fits its registers. */
export function attentionBlocks(d: number, e: number): { BQ: number; BK: number } {
  return nextPowerOfTwo(Math.max(d, e)) <= 128 ? { BQ: 64, BK: 16 } : { BQ: 16, BK: 16 };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
