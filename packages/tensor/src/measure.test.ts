import { ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { createTensors } from "./tensors.ts";
import { open } from "./testing/cell.ts";
import { TestHost } from "./testing/host.ts";

/** Two draws without a seed in a cell of that name. */
async function draw(cell: string): Promise<unknown[]> {
  const { random, tensors } = open();
  tensors.openScope(cell);
  return [await random.normal(4).array(), await random.normal(4).array()];
}

describe("measures", () => {
  test("[M1b] what is no list of numbers is refused, not found equal", () => {
    const { nmse, tensor } = open();
    const [a, b] = [tensor([1, 2]), tensor([5, 9])] as unknown as readonly [number[], number[]];
    const refusal = expect.objectContaining({ code: "measure/values" });
    expect(() => nmse(a, b)).toThrow(refusal);
    expect(() => nmse([], [])).toThrow(refusal);
    expect(() => nmse([1, 2], b)).toThrow(refusal);
  });
  test("[M1] nmse is the squared error over the squared reference", () => {
    const { nmse } = open();
    expect(nmse([1, 2], [1, 2])).toBe(0);
    expect(nmse([1, 3], [1, 2])).toBe(1 / 5);
    expect(nmse([0, 0], [0, 0])).toBe(0);
    expect(nmse([1], [0])).toBe(Infinity);
    expect(nmse([NaN], [1])).toBeNaN();
    expect(() => nmse([1], [1, 2])).toThrow(expect.objectContaining({ code: "measure/length" }));
  });

  test("[M2] compare holds the device's values against the f64 interpreter's", async () => {
    const { tensor, compare } = open();
    const x = tensor([0.1, 0.2, 0.3])
      .exp()
      .mul(1 / 3);
    const { nmse, maxAbs } = await compare(x);
    expect(nmse).toBeGreaterThan(0);
    expect(nmse).toBeLessThan(1e-14);
    expect(maxAbs).toBeLessThan(1e-7);
    expect((await compare(tensor([1]), tensor([2]))).maxAbs).toBe(1);
    await expect(compare(x, tensor([1]))).rejects.toMatchObject({ code: "measure/shape" });
  });

  test("[M3] time runs once uncounted, then `repeat` times, and frees what it made", async () => {
    const host = new TestHost();
    const clock = new ManualClock();
    const { globals } = createTensors(host, { clock });
    const x = globals.tensor([1, 2]);
    await globals.realize(x);
    const before = host.alive.size;
    const wait = [100, 3, 1, 2];
    host.beforeRun = () => clock.advance(wait.shift() ?? 0);
    const { milliseconds, all } = await globals.time(() => x.add(1), { repeat: 3 });
    expect([milliseconds, all]).toEqual([2, [3, 1, 2]]);
    expect(host.alive.size).toBe(before);
    expect(await x.add(1).array()).toEqual([2, 3]);
    await expect(globals.time(() => x, { repeat: 0 })).rejects.toMatchObject({ code: "measure/repeat" });
  });

  test("[M4] random numbers depend on the seed, or on the cell and the call", async () => {
    const [first, second] = await draw("a");
    expect(first).not.toEqual(second);
    expect(await draw("a")).toEqual([first, second]);
    expect(await draw("b")).not.toEqual([first, second]);
    const { random } = open();
    expect(await random.uniform(3, { seed: 5 }).array()).toEqual(
      await random.uniform(3, { seed: 5 }).array(),
    );
    const many = await random.normal(20_000, { seed: 1, mean: 2, deviation: 3 }).data();
    const mean = many.reduce((sum, x) => sum + x, 0) / many.length;
    const deviation = Math.sqrt(many.reduce((sum, x) => sum + (x - mean) ** 2, 0) / many.length);
    expect(mean).toBeCloseTo(2, 1);
    expect(deviation).toBeCloseTo(3, 1);
    expect(random.permutation(100, { seed: 2 }).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});
