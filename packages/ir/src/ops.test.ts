import { describe, expect, test } from "vitest";
import { erf } from "./erf.ts";
import { binaryMeaning, unaryMeaning } from "./ops.ts";
import { philox } from "./philox.ts";

const hex = (words: readonly number[]): string =>
  words.map((word) => word.toString(16).padStart(8, "0")).join(" ");
const all = 0xffffffff;

describe("meanings", () => {
  test("[P1] Philox4x32-10 gives the known answers of Random123", () => {
    expect(hex(philox([0, 0], [0, 0, 0, 0]))).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    expect(hex(philox([all, all], [all, all, all, all]))).toBe("408f276d 41c83b0e a20bc7c6 6d5451fd");
    const counter = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
    expect(hex(philox([0xa4093822, 0x299f31d0], counter))).toBe("d16cfe09 94fdcceb 5001e420 24126ea1");
    expect(binaryMeaning.philox2(0, 0)).toBe(0xbc57ac4c);
  });

  test("[P2] erf has the values of the tables", () => {
    // Abramowitz and Stegun, table 7.1; the last by DLMF 7.12.
    const known = [
      [0, 0],
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [2, 0.995322265],
      [3.5, 0.9999992569016276],
    ] as const;
    for (const [x, value] of known) {
      expect(erf(x)).toBeCloseTo(value, 10);
      expect(erf(-x)).toBeCloseTo(-value, 10);
    }
    expect([erf(Infinity), erf(-Infinity), erf(NaN)]).toEqual([1, -1, NaN]);
    expect(Math.abs(erf(2.999999) - erf(3.000001))).toBeLessThan(1e-9);
  });

  test("[P4] log1p and expm1 keep the digits of small numbers", () => {
    // Of x^2 / 2, x^3 / 6, ... nothing but the first term is seen.
    expect(unaryMeaning.log1p(1e-12)).toBe(1e-12 - 5e-25);
    expect(unaryMeaning.expm1(-1e-12)).toBe(-1e-12 + 5e-25);
  });

  test("[P3] shifts count modulo 32; a right shift keeps the sign of what has one", () => {
    expect(binaryMeaning.shl(1, 33)).toBe(2);
    expect(binaryMeaning.shr(-8, 1)).toBe(-4);
    expect(binaryMeaning.shr(0xfffffff8, 1)).toBe(0x7ffffffc);
    expect(binaryMeaning.mulhi(all, all)).toBe(0xfffffffe);
  });
});
