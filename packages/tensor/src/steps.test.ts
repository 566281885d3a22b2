import { describe, expect, test } from "vitest";
import { kernelOf, open } from "./testing/cell.ts";

/** Whether these are the same tensors: a comparison of what is in them would go through them as lists. */
function areSame(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return found.length === wanted.length && found.every((one, at) => one === wanted[at]);
}

describe("steps on the way", () => {
  test("[ST1] are what lies between data and results, but for what is wanted itself", () => {
    const { tensor, tensors } = open();
    const x = tensor([1, 2, 3]);
    const [twice, sines] = [x.mul(2), x.mul(2).sin()];
    const all = sines.add(twice).sum();
    expect(areSame(tensors.stepsAmong([x, twice, sines, all], []), [twice, sines])).toBe(true);
    expect(areSame(tensors.stepsAmong([x, twice, sines, all], [twice]), [sines])).toBe(true);
    expect(areSame(tensors.stepsAmong([twice], []), [])).toBe(true);
    expect(areSame(tensors.stepsAmong([twice], [all]), [twice])).toBe(true);
  });

  test("[ST2] also to what was computed before; what has a buffer is none", async () => {
    const { tensor, tensors } = open();
    const twice = tensor([1, 2, 3]).mul(2);
    const sum = twice.sum();
    await sum.item();
    expect(areSame(tensors.stepsAmong([twice, sum], []), [twice])).toBe(true);
    expect(await twice.array()).toEqual([2, 4, 6]);
    expect(areSame(tensors.stepsAmong([twice, sum], []), [])).toBe(true);
  });

  test("[ST3] what a kernel of its own gives is none", () => {
    const cell = open();
    const copy = kernelOf(cell, "(x: Ptr, y: Ptr) => { store(y + programId(0), load(x + programId(0))) }");
    const y = copy.launch([3], cell.tensor([1, 2, 3]), cell.out([3]));
    if (Array.isArray(y)) throw new Error("one result");
    expect(cell.tensors.stepsAmong([y, y.add(1)], [])).toEqual([]);
  });
});
