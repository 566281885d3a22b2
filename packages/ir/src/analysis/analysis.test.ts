import { describe, expect, test } from "vitest";
import { TileBuilder } from "../builder.ts";
import type { TileKernel, ValueId } from "../tile.ts";
import { unguardedOf } from "./bounds.ts";
import { formsOf } from "./forms.ts";
import { outsideOf } from "./outside.ts";
import { racesOf } from "./races.ts";
import { rangesOf } from "./ranges.ts";
import { turnsAtLeast } from "./turns.ts";

interface Parts {
  readonly b: TileBuilder;
  readonly out: ValueId;
  readonly n: ValueId;
  readonly pid: (axis?: 0 | 1 | 2) => ValueId;
  readonly number: (value: number) => ValueId;
  readonly add: (a: ValueId, c: ValueId) => ValueId;
  readonly times: (a: ValueId, c: ValueId) => ValueId;
  /** A scalar or a column or a row, repeated to a shape. */
  readonly wide: (value: ValueId, shape: readonly number[]) => ValueId;
  readonly put: (offset: ValueId, mask?: ValueId) => void;
}

/** A kernel (out: Ptr, n: i32) with this body. */
function kernelOf(body: (parts: Parts) => void): TileKernel {
  const b = new TileBuilder("test");
  const out = b.pointer("out", "f32");
  const n = b.scalar("n", "i32");
  body({
    b,
    out,
    n,
    pid: (axis = 0) => b.programId(axis),
    number: (value) => b.const(value, "i32"),
    add: (a, c) => b.binary("add", a, c),
    times: (a, c) => b.binary("mul", a, c),
    wide: (value, shape) => b.broadcast(value, shape),
    put: (offset, mask) =>
      b.store({ pointer: out, offset, value: b.full(b.typeOf(offset).shape, 1, "f32"), mask }),
  });
  return b.finish();
}

/** Programs `stride` apart that write `size` elements each. */
function blocks(stride: number, size: number, masked = false): TileKernel {
  return kernelOf(({ b, n, pid, number, add, times, wide, put }) => {
    const offset = add(wide(times(pid(), number(stride)), [size]), b.arange(0, size));
    put(offset, masked ? b.binary("lt", offset, wide(n, [size])) : undefined);
  });
}

/** A table of 16 by 8 a program, in rows of n. */
function tables(rowStride: number): TileKernel {
  return kernelOf(({ b, n, pid, number, add, times, wide, put }) => {
    const rows = add(wide(times(pid(0), number(rowStride)), [16]), b.arange(0, 16));
    const columns = add(wide(times(pid(1), number(8)), [8]), b.arange(0, 8));
    const down = wide(b.reshape(times(rows, wide(n, [16])), [16, 1]), [16, 8]);
    const inside = b.binary("lt", columns, wide(n, [8]));
    put(add(down, wide(b.reshape(columns, [1, 8]), [16, 8])), wide(b.reshape(inside, [1, 8]), [16, 8]));
  });
}

/** Each program stores 64 elements in turns of 16, from `stride` times its number on. */
function loopFrom(stride: number): TileKernel {
  return kernelOf(({ b, pid, number, add, times, wide, put }) => {
    const start = times(pid(), number(stride));
    b.forLoop({ lower: start, upper: add(start, number(64)), step: 16 }, [], (index) => {
      put(add(wide(index, [16]), b.arange(0, 16)));
      return [];
    });
  });
}

/** The farthest elements that programs of a launch want outside of `out`. */
function outside(
  kernel: TileKernel,
  programs: number,
  { size, n = 64 }: { readonly size: number; readonly n?: number },
): readonly number[] {
  const sizes = new Map([["out", size]]);
  return outsideOf(kernel, { grid: [programs, 1, 1], scalars: new Map([["n", n]]), sizes }).map(
    ({ element }) => element,
  );
}

/** Stores up to 64 or up to n, in turns of 16. */
function loopTo(known: boolean): TileKernel {
  return kernelOf(({ b, n, number, add, wide, put }) => {
    b.forLoop({ lower: number(0), upper: known ? number(64) : n, step: 16 }, [], (index) => {
      put(add(wide(index, [16]), b.arange(0, 16)));
      return [];
    });
  });
}

describe("races between programs", () => {
  test("[N1] blocks that lie side by side do not meet; closer ones do", () => {
    expect(racesOf(blocks(16, 16))).toEqual([]);
    expect(racesOf(blocks(16, 16, true))).toEqual([]);
    expect(racesOf(blocks(8, 16, true))).toMatchObject([
      { axis: 0, pointer: "out", everywhere: false, stride: 8, extent: 16 },
    ]);
    expect(racesOf(blocks(-15, 16))).toHaveLength(1);
  });

  test("[N2] a store that does not depend on the program is everybody's", () => {
    const same = kernelOf(({ b, pid, add, wide, put }) => {
      b.binary("add", pid(0), pid(1));
      put(add(b.arange(0, 4), wide(pid(0), [4])));
    });
    const unseen = kernelOf(({ b, put }) => put(b.arange(0, 4)));
    expect(racesOf(same)).toMatchObject([{ axis: 0, everywhere: false }]);
    expect(racesOf(same, [1, 3, 1])).toMatchObject([{ axis: 1, everywhere: true }]);
    expect(racesOf(same, [1, 1, 1])).toEqual([]);
    expect(racesOf(unseen)).toEqual([]);
    expect(racesOf(unseen, [2, 1, 1])).toMatchObject([{ axis: 0, everywhere: true }]);
  });

  test("[N3] holds for every size: rows of n never meet, rows of a block of 8 under 16 do", () => {
    expect(racesOf(tables(16))).toEqual([]);
    expect(racesOf(tables(8))).toMatchObject([{ axis: 0, stride: undefined }]);
    // With rows of 4, the columns of the second block are those of the next row; the mask keeps them out.
    expect(racesOf(tables(16), [4, 2, 1], new Map([["n", 4]]))).toEqual([]);
  });

  test("[N4] a branch that only some programs take is left alone", () => {
    const kernel = kernelOf(({ b, pid, number, put }) => {
      const first = b.binary("eq", pid(), number(0));
      b.ifElse(first, {
        whenTrue: () => {
          put(number(0));
          return [];
        },
      });
    });
    expect(racesOf(kernel)).toEqual([]);
  });

  test("[N5] loops: turns of one program may meet, those of two programs may not", () => {
    expect(racesOf(loopFrom(64))).toEqual([]);
    expect(racesOf(loopFrom(48))).toHaveLength(1);
  });

  test("[N6] what a loop carries goes up by the same in every turn", () => {
    const kernel = kernelOf(({ b, n, number, add, wide, put }) => {
      b.forLoop({ lower: number(0), upper: n }, [{ init: b.arange(0, 4) }], (_, [at = -1]) => {
        put(at);
        return [add(at, wide(number(4), [4]))];
      });
    });
    const { accesses, formOf } = formsOf(kernel);
    const [access] = accesses;
    const form = formOf(access?.op.offset ?? -1) ?? new Map<string, number>();
    expect([...form.values()]).toEqual([1, 4]);
    expect([...form.keys()][1]).toMatch(/^t\d+$/);
  });
});

describe("accesses that nothing keeps inside", () => {
  test("[N7] a block a program without a mask; not one element, not a fixed place, not with a mask", () => {
    expect(unguardedOf(blocks(16, 16))).toMatchObject([{ kind: "store", pointer: "out", along: "program" }]);
    expect(unguardedOf(blocks(16, 16, true))).toEqual([]);
    expect(unguardedOf(kernelOf(({ pid, put }) => put(pid())))).toEqual([]);
    expect(unguardedOf(kernelOf(({ b, put }) => put(b.arange(0, 16))))).toEqual([]);
  });

  test("[N8] a loop of unknown length without a mask; one of known length is proven", () => {
    expect(unguardedOf(loopTo(false))).toMatchObject([{ along: "loop" }]);
    expect(unguardedOf(loopTo(true))).toEqual([]);
  });
});

describe("ranges", () => {
  test("[N9] of lanes, blocks and what comes of them", () => {
    const found: ValueId[] = [];
    const kernel = kernelOf(({ b, n, pid, number, add, times, wide }) => {
      const lanes = b.arange(0, 16);
      const mod = b.binary("mod", lanes, wide(number(4), [16]));
      const least = b.binary("min", b.binary("max", n, number(0)), number(8));
      found.push(add(lanes, wide(number(4), [16])), mod, pid(), least, times(pid(), n));
    });
    const rangeOf = rangesOf(kernel);
    expect(found.map((value) => rangeOf(value))).toEqual([
      { least: 4, most: 19 },
      { least: 0, most: 3 },
      { least: 0, most: 2 ** 31 - 1 },
      { least: 0, most: 8 },
      { least: -(2 ** 31), most: 2 ** 31 - 1 },
    ]);
  });
});

describe("turns", () => {
  test("[T1] nested loops are multiplied, those side by side are added, unknown ones count once", () => {
    const kernel = kernelOf(({ b, n, number, put }) => {
      const [zero, four] = [number(0), number(4)];
      const loop = (upper: ValueId, body: () => void): void => {
        b.forLoop({ lower: zero, upper }, [], () => {
          body();
          return [];
        });
      };
      loop(n, () => {
        loop(four, () => put(zero));
        loop(b.programId(0), () => put(zero));
      });
      loop(n, () => undefined);
    });
    expect(turnsAtLeast(kernel, { scalars: new Map([["n", 10]]) })).toBe(10 * (4 + 1) + 10);
    expect(turnsAtLeast(kernel, {})).toBe(4 + 1 + 1);
  });
});

describe("what certainly leaves a buffer", () => {
  test("[L11] the last block of a launch, unless it is masked", () => {
    expect(outside(blocks(16, 16), 4, { size: 64 })).toEqual([]);
    expect(outside(blocks(16, 16), 4, { size: 63 })).toEqual([63]);
    expect(outside(blocks(-16, 16), 4, { size: 64 })).toEqual([-48]);
    expect(outside(blocks(16, 16, true), 4, { size: 10 })).toEqual([]);
  });

  test("[L12] the last turn of a loop whose length the launch tells; nothing in a loop without turns", () => {
    expect(outside(loopTo(false), 1, { size: 64, n: 64 })).toEqual([]);
    expect(outside(loopTo(false), 1, { size: 64, n: 65 })).toEqual([79]);
    expect(outside(loopTo(false), 1, { size: 8, n: 0 })).toEqual([]);
  });
});
