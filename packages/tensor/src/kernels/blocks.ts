import { nextPowerOfTwo } from "../shape.ts";

/** How large the tiles of the shipped kernels are. Sizes are captured constants, so each choice is its own kernel. */

/** c is made in BM x BN blocks, k walked in steps of BK. With 32 rows or more a thread owns whole rows. */
export function matmulBlocks(m: number, n: number): { BM: number; BN: number; BK: number } {
  return { BM: clamp(nextPowerOfTwo(m), 16, 64), BN: clamp(nextPowerOfTwo(n), 16, 64), BK: 16 };
}

/**
 * BQ queries a program, BK keys a step. Measured on SwiftShader for widths 10 and 64: a thread that owns whole rows of
 * a narrow result is fastest; a wide result is better split among threads, or it does not fit their registers.
 */
export function attentionBlocks(d: number, e: number): { BQ: number; BK: number } {
  if (d <= 128 && e <= 16) return { BQ: 64, BK: 16 };
  return { BQ: 16, BK: Math.max(d, e) <= 128 ? 32 : 16 };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
