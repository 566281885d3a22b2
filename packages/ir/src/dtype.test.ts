import { describe, expect, test } from "vitest";
import { castValue, dtypeInfo } from "./dtype.ts";
import { binaryMeaning, unaryMeaning } from "./ops.ts";

/** The value of 16 bits as IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const finite = Array.from({ length: 0x7c00 }, (_, bits) => half(bits));

describe("rounding to f16", () => {
  const { round } = dtypeInfo.f16;
  test("[D1] every half stays itself", () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => half(bits));
    expect(all.filter((value) => !Object.is(round(value), value))).toEqual([]);
  });
  test("[D2] between two halves the nearer one wins, in the middle the even one", () => {
    const wrong = finite.slice(1).filter((above, place) => {
      const below = finite[place] ?? 0;
      const [even, middle] = [place % 2 === 0 ? below : above, (below + above) / 2];
      const near = 1e-9 * (above - below);
      const good = round(middle) === even && round(middle - near) === below && round(middle + near) === above;
      return !good || !Object.is(round(-middle), -even);
    });
    expect(wrong).toEqual([]);
  });
  test("[D3] what is too large becomes infinite", () => {
    expect([round(65_504), round(65_519.99), round(65_520), round(-1e9)]).toEqual([
      65_504,
      65_504,
      Infinity,
      -Infinity,
    ]);
  });
});

describe("casts and meanings at the edges", () => {
  test("[D4] float to integer truncates and saturates; integers keep their bits; bool is != 0", () => {
    expect(castValue(-3.9, "f32", "i32")).toBe(-3);
    expect(castValue(3e9, "f32", "i32")).toBe(2 ** 31 - 1);
    expect(castValue(-1, "f32", "u32")).toBe(0);
    expect(castValue(NaN, "f32", "i32")).toBe(0);
    expect(Object.is(castValue(-0.5, "f32", "i32"), 0)).toBe(true);
    expect(castValue(-1, "i32", "u32")).toBe(2 ** 32 - 1);
    expect(castValue(2 ** 32 - 1, "u32", "i32")).toBe(-1);
    expect([castValue(NaN, "f32", "bool"), castValue(0, "f32", "bool"), castValue(7, "i32", "bool")]).toEqual(
      [1, 0, 1],
    );
  });
  test("[D5] round goes to even in the middle", () => {
    const given = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6];
    expect(given.map(unaryMeaning.round)).toEqual([-2, -2, -0, 0, 2, 2, 2, -3]);
  });
  test("[D6] min and max step over NaN; integer division truncates", () => {
    expect([binaryMeaning.max(NaN, 1), binaryMeaning.min(1, NaN), binaryMeaning.max(NaN, NaN)]).toEqual([
      1,
      1,
      NaN,
    ]);
    expect([
      binaryMeaning.idiv(-7, 2),
      binaryMeaning.mod(-7, 2),
      binaryMeaning.idiv(-7, 0),
      binaryMeaning.mod(5, 0),
    ]).toEqual([-3, -1, -7, 0]);
  });
});
