import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keep, type Keeper, restore, type Restorer } from "./keep.ts";

class FakeTensor {
  readonly handle: string;
  constructor(handle: string) {
    this.handle = handle;
  }
}

class FakeKernel {
  readonly captured: object;
  constructor(captured: object) {
    this.captured = captured;
  }
}

const keeper: Keeper = {
  tensor: (value) =>
    value instanceof FakeTensor ? { handle: value.handle, type: { dtype: "f32", shape: [2] } } : undefined,
  kernel: (value) =>
    value instanceof FakeKernel ? { source: { text: "k" }, captured: value.captured } : undefined,
};

const restorer: Restorer = {
  tensor: (handle) => new FakeTensor(handle),
  kernel: (_, captured) => new FakeKernel(captured),
};

/** Through everything a kept value goes through: copied, sent to the frame, sent to the next worker, filled. */
function kept(value: unknown): unknown {
  const copy = keep(value, keeper);
  return copy === undefined ? "lost" : restore(structuredClone(copy.value), restorer);
}

describe("keeping values over a worker's end", () => {
  test("[K1] plain data comes back equal", () => {
    fc.assert(
      fc.property(
        fc.anything({ withMap: true, withSet: true, withDate: true, withTypedArray: true, withBigInt: true }),
        (value) => {
          expect(kept(value)).toEqual(value);
        },
      ),
    );
  });

  test("[K2] tensors and kernels come back as new ones, wherever they stand", () => {
    const value = {
      list: [new FakeTensor("1.1")],
      map: new Map([["k", new FakeKernel({ t: new FakeTensor("1.2") })]]),
    };
    expect(kept(value)).toEqual(value);
    expect(keep(value, keeper)?.tensors).toEqual(["1.1", "1.2"]);
  });

  test("[K3] what is shared stays shared, cycles stay cycles", () => {
    const shared = { n: 1 };
    const cycle: { self?: unknown; a: object; b: object } = { a: shared, b: shared };
    cycle.self = cycle;
    const back = kept(cycle) as typeof cycle;
    expect(back.self).toBe(back);
    expect(back.a).toBe(back.b);
  });

  test("[K4] functions, symbols, class instances, getters and promises cannot be kept", () => {
    class Point {
      x = 1;
    }
    const getter = {
      get x() {
        return 1;
      },
    };
    for (const value of [() => 1, Symbol("s"), new Point(), getter, Promise.resolve(1), [[() => 1]]])
      expect(kept(value)).toBe("lost");
  });

  test("[K5] more than four megabytes are not kept", () => {
    expect(kept(new Uint8Array(5 << 20))).toBe("lost");
    expect(kept("x".repeat(3 << 20))).toBe("lost");
    expect(kept(new Uint8Array(1 << 20))).toHaveLength(1 << 20);
  });

  test("[K7] a field called __proto__ stays a field", () => {
    const odd = JSON.parse('{ "__proto__": { "x": 1 }, "y": 2 }') as object;
    const back = kept(odd) as object;
    expect(Object.entries(back)).toEqual([
      ["__proto__", { x: 1 }],
      ["y", 2],
    ]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });

  test("[K6] a value that looks like a stand-in is not taken for one", () => {
    expect(kept({ "tilebook:kept": "tensor", handle: "1.1" })).toBe("lost");
  });
});
