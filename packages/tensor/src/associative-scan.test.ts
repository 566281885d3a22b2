// Expected values are running results, one after the other.
import { describe, expect, test } from "vitest";
import type { Tensor } from "./tensor.ts";
import { open } from "./testing/cell.ts";

const { associativeScan, gradcheck, random, tensor, vmap } = open();

async function numbers(of: Tensor): Promise<readonly number[]> {
  return Array.from(await of.data());
}

interface Linear {
  readonly a: Tensor;
  readonly b: Tensor;
}

/** h = a h + b, one after the other. */
const linear = (before: Linear, after: Linear): Linear => ({
  a: before.a.mul(after.a),
  b: before.b.mul(after.a).add(after.b),
});

describe("associativeScan", () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 13, 16, 33])("[AS1] running products of %i elements", async (length) => {
    const x = random.normal([length], { seed: length });
    let product = 1;
    const wanted = (await numbers(x)).map((value) => (product *= value));
    const found = await numbers(associativeScan((before, after) => before.mul(after), x));
    found.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 5));
  });

  test.each([false, true])(
    "[AS2] of a tree: a linear recurrence in each column, reverse %s",
    async (reverse) => {
      const [a, b] = [1, 2].map((seed) => random.normal([11, 3], { seed })) as [Tensor, Tensor];
      const [as, bs] = await Promise.all([numbers(a), numbers(b)]);
      const { b: h } = associativeScan(linear, { a, b }, { axis: 0, reverse });
      const found = await numbers(h);
      for (let column = 0; column < 3; column++) {
        let value = 0;
        for (let turn = 0; turn < 11; turn++) {
          const at = (reverse ? 10 - turn : turn) * 3 + column;
          value = (as[at] ?? 0) * value + (bs[at] ?? 0);
          expect(found[at]).toBeCloseTo(value, 4);
        }
      }
    },
  );

  test("[AS3] products of matrices: what does not commute stays in order, on any axis", async () => {
    const turns = random.normal([2, 6, 2, 2], { seed: 3 });
    const found = associativeScan((before, after) => before.matmul(after), turns, { axis: 1 });
    let wanted = turns.slice(1, 0, 1);
    for (let at = 1; at < 6; at++) wanted = wanted.matmul(turns.slice(1, at, at + 1));
    const [last, all] = await Promise.all([numbers(found.slice(1, 5, 6)), numbers(wanted)]);
    last.forEach((value, at) => expect(value).toBeCloseTo(all[at] ?? Number.NaN, 4));
  });

  test("[AS4] whole numbers, and the greatest so far", async () => {
    const x = tensor([3, 1, 4, 1, 5, 9, 2, 6], { dtype: "i32" });
    const most = associativeScan((before, after) => before.maximum(after), x);
    expect([most.dtype, await numbers(most)]).toEqual(["i32", [3, 3, 4, 4, 5, 9, 9, 9]]);
  });

  test("[AS5] its gradient is that of central differences, and vmap goes through it", async () => {
    const [a, b] = [random.uniform([9], { seed: 4 }), random.normal([9], { seed: 5 })];
    const { passed, measured } = await gradcheck(
      (p: Tensor, q: Tensor) => associativeScan(linear, { a: p, b: q }).b.sin(),
      [a, b],
    );
    expect([passed, measured]).toEqual([true, measured]);
    const many = random.normal([4, 9], { seed: 6 });
    const each = vmap((row: Tensor) => associativeScan((before, after) => before.add(after), row))(many);
    const sums = await numbers(many.cumsum(1));
    (await numbers(each)).forEach((value, at) => expect(value).toBeCloseTo(sums[at] ?? Number.NaN, 4));
  });

  test.each<readonly [string, () => unknown]>([
    ["scan/function", () => associativeScan(3 as never, tensor([1]))],
    ["scan/size", () => associativeScan(linear, { a: tensor([1, 2]), b: tensor([1, 2, 3]) })],
    ["scan/size", () => associativeScan((before) => before, {})],
    ["scan/result", () => associativeScan((before, after) => before.add(after).sum(), tensor([1, 2]))],
    [
      "scan/result",
      () => associativeScan((before, after) => before.div(after), tensor([1, 2], { dtype: "i32" })),
    ],
    ["scan/result", () => associativeScan(() => ({}) as Linear, { a: tensor([1, 2]), b: tensor([1, 2]) })],
    ["shape/axis", () => associativeScan((before) => before, tensor([1, 2]), { axis: 3 })],
    ["tensor/option", () => associativeScan((before) => before, tensor([1, 2]), { axes: 0 } as never)],
  ])("[AS6] %s", (code, work) => {
    expect(work).toThrow(expect.objectContaining({ code }));
  });
});
