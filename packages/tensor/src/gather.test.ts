// Expected values by NumPy's and ONNX's definitions, element by element, on lists.
import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "./testing/cell.ts";
import { codeOf } from "./testing/code-of.ts";

const { tensor } = open();
const box = tensor.iota([2, 3, 4]);
const at = (i: number, j: number, k: number): number => 12 * i + 4 * j + k;

function ints(values: number | readonly (number | readonly number[])[]): ReturnType<typeof tensor> {
  return tensor(values, { dtype: "i32" });
}

describe("gathering", () => {
  test("[GA1] take along any axis, by lists and tensors, counted from either end", async () => {
    expect(await box.take([2, -1], 1).array()).toEqual(
      [0, 1].map((i) => [2, 2].map((j) => [0, 1, 2, 3].map((k) => at(i, j, k)))),
    );
    expect(await box.take(ints([[3], [-4]]), -1).array()).toEqual(
      [0, 1].map((i) => [0, 1, 2].map((j) => [[at(i, j, 3)], [at(i, j, 0)]])),
    );
    expect(codeOf(() => box.take([3], 1))).toBe("shape/index");
    expect(codeOf(() => box.take([], 1))).toBe("shape/index");
    expect(codeOf(() => box.take(tensor([1.5]), 1))).toBe("tensor/index");
  });

  test("[GA2] takeAlongAxis: result[i, j] = x[i, index[i, j]]; other axes broadcast", async () => {
    const x = tensor([
      [10, 30, 20],
      [60, 40, 50],
    ]);
    expect(
      await x
        .takeAlongAxis(
          ints([
            [0, 2, 1],
            [1, 2, -3],
          ]),
        )
        .array(),
    ).toEqual([
      [10, 20, 30],
      [40, 50, 60],
    ]);
    expect(await x.takeAlongAxis(ints([[1, 0, 1]]), 0).array()).toEqual([[60, 30, 50]]);
    expect(await x.takeAlongAxis(ints([[1], [2]])).array()).toEqual([[30], [50]]);
    expect(codeOf(() => x.takeAlongAxis(ints([1])))).toBe("shape/index");
    expect(codeOf(() => x.takeAlongAxis(ints([[0], [0], [0]])))).toBe("shape/broadcast");
  });

  test("[GA3] gatherND: the last axis of the index names places on the first axes", async () => {
    expect(
      await box
        .gatherND(
          ints([
            [0, 1, 2],
            [1, -1, 0],
          ]),
        )
        .array(),
    ).toEqual([at(0, 1, 2), at(1, 2, 0)]);
    expect(await box.gatherND(tensor([[[1, 2]], [[0, 0]]], { dtype: "i32" })).array()).toEqual([
      [[0, 1, 2, 3].map((k) => at(1, 2, k))],
      [[0, 1, 2, 3].map((k) => at(0, 0, k))],
    ]);
    expect(codeOf(() => box.gatherND(ints([[0, 0, 0, 0]])))).toBe("shape/index");
  });

  test("[GA4] numbers that only the device knows are clamped to the nearest element", async () => {
    expect(await box.gatherND(ints([[5, 9, 9]])).array()).toEqual([at(1, 2, 3)]);
    expect(
      await tensor([[1, 2]])
        .takeAlongAxis(ints([[-7, 7]]))
        .array(),
    ).toEqual([[1, 2]]);
  });
});

describe("indexing with at", () => {
  test("[GI1] numbers, ranges, null and dots", async () => {
    expect(await box.at(1, 2, 3).item()).toBe(at(1, 2, 3));
    expect(box.at(-1).shape).toEqual([3, 4]);
    expect(await box.at(0, "1:", "::2").array()).toEqual([
      [at(0, 1, 0), at(0, 1, 2)],
      [at(0, 2, 0), at(0, 2, 2)],
    ]);
    expect(await box.at("...", -1, "::-1").array()).toEqual([
      [11, 10, 9, 8],
      [23, 22, 21, 20],
    ]);
    expect(await box.at("...", "3:0:-2").at(1, 1).array()).toEqual([at(1, 1, 3), at(1, 1, 1)]);
    expect(box.at(null, "...", null, 0).shape).toEqual([1, 2, 3, 1]);
    expect(box.at(":99").shape).toEqual([2, 3, 4]);
  });

  test("[GI2] lists and tensors pick; several go together", async () => {
    expect(await box.at(":", [0, -1], 1).array()).toEqual([
      [at(0, 0, 1), at(0, 2, 1)],
      [at(1, 0, 1), at(1, 2, 1)],
    ]);
    expect(await box.at(":", ints([2, 0]), ints([3, 1])).array()).toEqual([
      [at(0, 2, 3), at(0, 0, 1)],
      [at(1, 2, 3), at(1, 0, 1)],
    ]);
    // NumPy: x[[1, 0], :, [2, 3]] has the picked axis in front.
    expect(await box.at([1, 0], ":", [2, 3]).array()).toEqual([
      [0, 1, 2].map((j) => at(1, j, 2)),
      [0, 1, 2].map((j) => at(0, j, 3)),
    ]);
    expect(box.at(ints([[0], [1]]), ints([[0, 1, 2]])).shape).toEqual([2, 3, 4]);
    expect(await box.at(0, [true, false, true], 0).array()).toEqual([at(0, 0, 0), at(0, 2, 0)]);
  });

  test("[GI3] what cannot be is refused, and says why", () => {
    expect(codeOf(() => box.at(2))).toBe("shape/index");
    expect(codeOf(() => box.at(0, 0, 0, 0))).toBe("shape/index");
    expect(codeOf(() => box.at("...", "..."))).toBe("shape/index");
    expect(codeOf(() => box.at("2:2"))).toBe("shape/index");
    expect(codeOf(() => box.at("1-3"))).toBe("shape/index");
    expect(codeOf(() => box.at(":", ":", "::0"))).toBe("shape/index");
    expect(codeOf(() => box.at([true, false, true]))).toBe("shape/index");
    expect(codeOf(() => box.at(box.gt(3)))).toBe("tensor/index");
    expect(codeOf(() => box.at([0, 1], [0, 1, 2]))).toBe("shape/broadcast");
  });

  test("[GI4] any range of a line is Python's", async () => {
    const bound = constantFrom<number | undefined>(undefined, ...Array.from({ length: 17 }, (_, n) => n - 8));
    const step = integer({ min: -3, max: 3 }).filter((n) => n !== 0);
    const line = tensor.iota([6]);
    const seen: Promise<void>[] = [];
    const check = async (from: number | undefined, to: number | undefined, by: number): Promise<void> => {
      const wanted = pythonRange(from, to, by, 6);
      const text = `${from ?? ""}:${to ?? ""}:${by}`;
      if (wanted.length === 0) expect(codeOf(() => line.at(text))).toBe("shape/index");
      else expect(await line.at(text).array()).toEqual(wanted);
    };
    assert(
      property(array(tuple(bound, bound, step), { minLength: 1, maxLength: 3 }), (ranges) => {
        for (const range of ranges) seen.push(check(...range));
      }),
      { numRuns: 60 },
    );
    await Promise.all(seen);
  });
});

/** The numbers that Python's slice takes of range(size), found by walking. */
function pythonRange(from: number | undefined, to: number | undefined, by: number, size: number): number[] {
  const real = (n: number): number => (n < 0 ? n + size : n);
  const result: number[] = [];
  const start = from === undefined ? (by > 0 ? 0 : size - 1) : real(from);
  const end = to === undefined ? (by > 0 ? size : -1) : Math.max(real(to), -1);
  const first = by > 0 ? Math.max(start, 0) : Math.min(start, size - 1);
  for (let n = first; by > 0 ? n < end : n > end; n += by) if (n >= 0 && n < size) result.push(n);
  return result;
}
