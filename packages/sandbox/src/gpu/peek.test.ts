import type { TensorType } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { statisticsOf, windowOf } from "./peek.ts";

function reading(values: ArrayBufferView): (start: number, end: number) => Promise<Uint8Array> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return async (start, end) => bytes.slice(start, end);
}

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

describe("peeking at a tensor", () => {
  test("[T1] statistics are of the finite values; NaN and infinities are counted", async () => {
    const values = Float32Array.of(1, 2, NaN, 3, Infinity, -Infinity, 4);
    expect(await statisticsOf(f32(7), reading(values))).toEqual({
      minimum: 1,
      maximum: 4,
      mean: 2.5,
      deviation: Math.sqrt(1.25),
      nans: 1,
      infinities: 2,
    });
  });

  test("[T2] a small spread around a large mean is not lost", async () => {
    const values = Int32Array.from({ length: 1000 }, (_, at) => 2_000_000_000 + (at % 2));
    const { deviation } = await statisticsOf({ dtype: "i32", shape: [1000] }, reading(values));
    expect(deviation).toBeCloseTo(0.5, 10);
  });

  test("[T3] the window is of the last two axes at the leading index, and is clamped", async () => {
    const values = Float32Array.from({ length: 24 }, (_, at) => at);
    const window = await windowOf(
      f32(2, 3, 4),
      { leading: [1], rows: [1, 99], columns: [1, 3] },
      reading(values),
    );
    expect(window).toEqual({ rows: 2, columns: 2, values: Float64Array.of(17, 18, 21, 22) });
  });

  test("[T4] vectors and single numbers are one row", async () => {
    const wanted = { leading: [], rows: [0, 10], columns: [0, 10] } as const;
    expect(await windowOf(f32(3), wanted, reading(Float32Array.of(1, 2, 3)))).toMatchObject({
      rows: 1,
      columns: 3,
    });
    expect(await windowOf(f32(), wanted, reading(Float32Array.of(5)))).toMatchObject({
      values: Float64Array.of(5),
    });
  });

  test("[T5] halves and bools are read as they are stored", async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00);
    const window = await windowOf(
      { dtype: "f16", shape: [5] },
      { leading: [], rows: [0, 1], columns: [0, 5] },
      reading(halves),
    );
    expect(Array.from(window.values)).toEqual([1, -2, 2 ** -24, Infinity, NaN]);
    const bools = await windowOf(
      { dtype: "bool", shape: [2] },
      { leading: [], rows: [0, 1], columns: [0, 2] },
      reading(Uint32Array.of(1, 0)),
    );
    expect(Array.from(bools.values)).toEqual([1, 0]);
  });

  test("[T6] a tensor without elements has no statistics", async () => {
    expect(await statisticsOf(f32(0), reading(new Float32Array()))).toMatchObject({ minimum: NaN, nans: 0 });
  });
});
