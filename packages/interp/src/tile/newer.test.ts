// oxlint-disable unicorn/consistent-function-scoping -- a kernel stands in the test it belongs to
import { type BufferDType, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { TileArgument } from "./machine.ts";
import type { TileMessage } from "./message.ts";
import { runTileKernel, type TileRunOptions } from "./run.ts";
import type { TileTrap } from "./tile.ts";

const inputs: readonly number[] = [3, 1, 4, 1, 5, 9, 2, 6];

/** Runs one program (by default) over `x`, eight numbers, and gives back what it stored to `y`, also eight. */
function outOf(
  make: (b: TileBuilder, x: ValueId, y: ValueId, lanes: ValueId) => void,
  dtypes: readonly [BufferDType, BufferDType] = ["f32", "f32"],
  options: TileRunOptions & { readonly programs?: number; readonly x?: readonly number[] } = {},
): number[] {
  const b = new TileBuilder("k");
  const [x, y] = [b.pointer("x", dtypes[0]), b.pointer("y", dtypes[1])];
  make(b, x, y, b.arange(0, 8));
  return run(b.finish(), [Float64Array.from(options.x ?? inputs), new Float64Array(8)], options);
}

function run(
  kernel: TileKernel,
  args: readonly TileArgument[],
  options: TileRunOptions & { readonly programs?: number },
): number[] {
  runTileKernel(kernel, [options.programs ?? 1, 1, 1], args, options);
  return [...(args[1] as Float64Array)];
}

const add = (b: TileBuilder) => (left: readonly ValueId[], right: readonly ValueId[]) =>
  left.map((value, at) => b.binary("add", value, right[at] ?? value));

describe("moving elements", () => {
  test("[N1] gather takes elements by index along an axis", () => {
    const stored = outOf((b, x, y, lanes) => {
      const turned = b.binary("sub", b.full([8], 7, "i32"), lanes);
      const value = b.gather(b.load({ pointer: x, offset: lanes }), turned, 0);
      b.store({ pointer: y, offset: lanes, value });
    });
    expect(stored).toEqual(inputs.toReversed());
  });
  test("[N2] an index outside of the axis traps", () => {
    const bad = () =>
      outOf((b, x, y, lanes) => {
        const value = b.gather(b.load({ pointer: x, offset: lanes }), b.full([8], 8, "i32"), 0);
        b.store({ pointer: y, offset: lanes, value });
      });
    expect(bad).toThrow(expect.objectContaining({ code: "tile/bounds" }));
  });
  test("[N3] join and pick are inverse", () => {
    const stored = outOf((b, x, y, lanes) => {
      const value = b.load({ pointer: x, offset: lanes });
      const both = b.join(lanes, b.cast(value, "i32"));
      b.store({ pointer: y, offset: lanes, value: b.cast(b.pick(both, 1, 1), "f32") });
    });
    expect(stored).toEqual(inputs);
  });
  test("[N4] argsort is stable in both directions, NaN is greatest", () => {
    const order = (descending: boolean) =>
      outOf(
        (b, x, y, lanes) => {
          const value = b.argsort(b.load({ pointer: x, offset: lanes }), { axis: 0, descending });
          b.store({ pointer: y, offset: lanes, value });
        },
        ["f32", "i32"],
        { x: [3, NaN, 1, 3, -0, 0, 9, 1] },
      );
    expect(order(false)).toEqual([4, 5, 2, 7, 0, 3, 6, 1]);
    expect(order(true)).toEqual([1, 6, 0, 3, 2, 7, 4, 5]);
  });
  test("[N5] bitcast keeps the bits", () => {
    const stored = outOf(
      (b, x, y, lanes) => {
        b.store({
          pointer: y,
          offset: lanes,
          value: b.bitcast(b.load({ pointer: x, offset: lanes }), "u32"),
        });
      },
      ["f32", "u32"],
      { x: [1, -2, 0, -0, Infinity, 0.5, 3, 4] },
    );
    expect(stored.slice(0, 5)).toEqual([0x3f800000, 0xc0000000, 0, 0x80000000, 0x7f800000]);
  });
});

describe("combining", () => {
  test("[N6] a scan gives the running values, from either end", () => {
    const sums = (reverse: boolean) =>
      outOf((b, x, y, lanes) => {
        const [value = -1] = b.scan(
          { inputs: [b.load({ pointer: x, offset: lanes })], axis: 0, reverse },
          add(b),
        );
        b.store({ pointer: y, offset: lanes, value });
      });
    expect(sums(false)).toEqual([3, 4, 8, 9, 14, 23, 25, 31]);
    expect(sums(true)).toEqual([31, 28, 27, 23, 22, 17, 8, 6]);
  });
  test("[N7] a combine of pairs need not commute: left stands before right", () => {
    // The composition of the maps h -> a h + b, here with b = 1, a = x.
    const stored = outOf((b, x, y, lanes) => {
      const a = b.load({ pointer: x, offset: lanes });
      const compose = ([a1 = 0, b1 = 0]: readonly ValueId[], [a2 = 0, b2 = 0]: readonly ValueId[]) => [
        b.binary("mul", a1, a2),
        b.binary("add", b.binary("mul", a2, b1), b2),
      ];
      const [, value = -1] = b.scan({ inputs: [a, b.full([8], 1, "f32")], axis: 0 }, compose);
      b.store({ pointer: y, offset: lanes, value });
    });
    let h = 0;
    expect(stored).toEqual(inputs.map((a) => (h = a * h + 1)));
  });
  test("[N8] a fold along the first of two axes", () => {
    const stored = outOf((b, x, y, lanes) => {
      const grid = b.reshape(b.load({ pointer: x, offset: lanes }), [2, 4]);
      const [value = -1] = b.fold({ inputs: [grid], axis: 0 }, add(b));
      b.store({ pointer: y, offset: b.arange(0, 4), value });
    });
    expect(stored.slice(0, 4)).toEqual([8, 10, 6, 7]);
  });
  test("[N9] dot of whole numbers is exact modulo 2^32", () => {
    const stored = outOf(
      (b, x, y, lanes) => {
        const grid = b.reshape(b.load({ pointer: x, offset: lanes }), [2, 4]);
        const value = b.reshape(b.dot(grid, b.transpose(grid)), [4]);
        b.store({ pointer: y, offset: b.arange(0, 4), value });
      },
      ["i32", "i32"],
      { x: [2 ** 30, 3, 4, 5, 100_003, 9, 2, 6] },
    );
    const exact = (a: number[], c: number[]) =>
      Number(
        BigInt.asIntN(
          32,
          a.reduce((sum, value, at) => sum + BigInt(value) * BigInt(c[at] ?? 0), 0n),
        ),
      );
    const [top, low] = [
      [2 ** 30, 3, 4, 5],
      [100_003, 9, 2, 6],
    ];
    expect(stored.slice(0, 4)).toEqual([exact(top, top), exact(top, low), exact(low, top), exact(low, low)]);
  });
});

describe("memory", () => {
  test("[N10] atomics add up whatever meets at one place, and give what stood there", () => {
    const stored = outOf(
      (b, x, y, lanes) => {
        const offset = b.binary("and", lanes, b.full([8], 1, "i32"));
        const value = b.load({ pointer: x, offset: lanes });
        const old = b.atomic({ op: "add", pointer: y, offset, value });
        const place = b.binary("add", lanes, b.full([8], 2, "i32"));
        b.store({
          pointer: y,
          offset: place,
          value: old,
          mask: b.binary("lt", place, b.full([8], 8, "i32")),
        });
      },
      ["i32", "i32"],
    );
    expect(stored).toEqual([14, 17, 0, 0, 3, 1, 7, 2]);
  });
  test("[N11] cas writes only where the expected value stands", () => {
    const stored = outOf(
      (b, x, y, lanes) => {
        const value = b.load({ pointer: x, offset: lanes });
        const compare = b.binary("mod", lanes, b.full([8], 2, "i32"));
        b.atomic({ op: "cas", pointer: y, offset: lanes, value, compare });
      },
      ["i32", "i32"],
    );
    expect(stored).toEqual([3, 0, 4, 0, 5, 0, 2, 0]);
  });
  test("[N12] packed buffers keep the low bits, with or without a sign", () => {
    const kept = (dtype: BufferDType) =>
      outOf(
        (b, x, y, lanes) =>
          b.store({ pointer: y, offset: lanes, value: b.load({ pointer: x, offset: lanes }) }),
        ["i32", dtype],
        { x: [0, 7, 8, 15, 16, -1, 200, -129] },
      );
    expect(kept("u4")).toEqual([0, 7, 8, 15, 0, 15, 8, 15]);
    expect(kept("u2")).toEqual([0, 3, 0, 3, 0, 3, 0, 3]);
    expect(kept("i4")).toEqual([0, 7, -8, -1, 0, -1, -8, -1]);
    expect(kept("i8")).toEqual([0, 7, 8, 15, 16, -1, -56, 127]);
    expect(kept("u8")).toEqual([0, 7, 8, 15, 16, 255, 200, 127]);
  });
  test("[N13] two programs that store to one element race; atomics do not", () => {
    const both = (atomic: boolean) => () =>
      outOf(
        (b, x, y, lanes) => {
          const value = b.load({ pointer: x, offset: lanes });
          if (atomic) b.atomic({ op: "max", pointer: y, offset: lanes, value });
          else b.store({ pointer: y, offset: lanes, value });
        },
        ["i32", "i32"],
        { programs: 2, races: true },
      );
    expect(both(true)()).toEqual(inputs);
    expect(both(false)).toThrow("program 0, 0, 0 stores y[0], which program 1, 0, 0 stores too");
  });
  test("[N14] loading from a fresh buffer what nothing stored is remarked", () => {
    const b = new TileBuilder("k");
    const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
    const lanes = b.arange(0, 8);
    const twice = b.binary(
      "add",
      b.load({ pointer: y, offset: lanes }),
      b.load({ pointer: x, offset: lanes }),
    );
    b.store({ pointer: y, offset: lanes, value: twice });
    const args = [Float64Array.from(inputs), new Float64Array(8)];
    const { remarks } = runTileKernel(b.finish(), [1, 1, 1], args, { fresh: new Set(["y"]) });
    expect(remarks).toEqual([expect.objectContaining({ code: "tile/uninitialised" })]);
  });
});

/** `y[(lane + 1) % 8] = x[lane]`, then what program 0 finds in `y` goes to `y` again: every kind of trouble. */
function troubled(): TileKernel {
  const b = new TileBuilder("troubled");
  const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
  const lanes = b.arange(0, 8);
  const early = b.load({ pointer: y, offset: lanes }, { span: at(1) });
  const half = b.binary("idiv", lanes, b.full([8], 2, "i32"));
  b.store({ pointer: y, offset: half, value: b.load({ pointer: x, offset: lanes }) }, { span: at(2) });
  b.store({ pointer: y, offset: lanes, value: early }, { span: at(3) });
  return b.finish();
}

const at = (start: number) => ({ source: "cell", start, end: start + 1 });

describe("trouble", () => {
  const findings = () => {
    const found: TileTrap[] = [];
    const args = [Float64Array.from(inputs), new Float64Array(8)];
    const options = { races: true, fresh: new Set(["y"]), found: (trap: TileTrap) => found.push(trap) };
    runTileKernel(troubled(), [2, 1, 1], args, options);
    return found;
  };
  test("[N18] all of it is heard, each op's first of each kind, with program, lane and span", () => {
    expect(
      findings().map(({ code, span, program: [x], lane }) => [code, span?.start, x, lane].join(" ")),
    ).toEqual([
      "tile/uninitialised 1 0 0",
      "tile/store-conflict 2 0 1",
      "tile/race 1 1 0",
      "tile/race 2 1 0",
      "tile/race 3 1 0",
    ]);
  });
  test("[N19] a store conflict names both values", () => {
    expect(findings()[1]?.message).toBe("one store puts 3 and 1 into y[0] (program 0, 0, 0)");
  });
  test("[N20] whoever listens may end the run", () => {
    const args = [Float64Array.from(inputs), new Float64Array(8)];
    const found = (trap: TileTrap) => {
      throw trap;
    };
    const go = () => runTileKernel(troubled(), [1, 1, 1], args, { fresh: new Set(["y"]), found });
    expect(go).toThrow(expect.objectContaining({ code: "tile/uninitialised", lane: 0 }));
    expect([...(args[1] ?? [])]).toEqual(Array.from({ length: 8 }, () => 0));
  });
  test("[N21] lanes that store one value to one place do not conflict", () => {
    const found: TileTrap[] = [];
    outOf(
      (b, _, y) => b.store({ pointer: y, offset: b.full([8], 3, "i32"), value: b.full([8], 1, "f32") }),
      ["f32", "f32"],
      { found: (trap) => found.push(trap) },
    );
    expect(found).toEqual([]);
  });
  test("[N22] a scan that overflows and then makes a NaN is where the NaN began", () => {
    const b = new TileBuilder("k");
    const y = b.pointer("y", "f32");
    const lanes = b.arange(0, 4);
    const huge = b.select({
      condition: b.binary("lt", lanes, b.full([4], 2, "i32")),
      yes: b.full([4], 3e38, "f32"),
      no: b.full([4], -Infinity, "f32"),
    });
    const [value = -1] = b.scan({ inputs: [huge], axis: 0 }, add(b), { span: at(5) });
    b.store({ pointer: y, offset: lanes, value });
    const { remarks } = runTileKernel(b.finish(), [1, 1, 1], [new Float64Array(4)]);
    expect(remarks).toEqual([expect.objectContaining({ code: "tile/nan", span: at(5) })]);
  });
});

describe("telling the person", () => {
  test("[N15] a print gives the elements where its mask holds, and counts its visits", () => {
    const heard: TileMessage[] = [];
    outOf(
      (b, x, y, lanes) => {
        const value = b.load({ pointer: x, offset: lanes });
        const mask = b.binary("gt", value, b.full([8], 4, "f32"));
        b.forLoop({ lower: b.const(0, "i32"), upper: b.const(2, "i32") }, [], () => {
          b.print({ text: "large", value, mask });
          return [];
        });
        b.store({ pointer: y, offset: lanes, value });
      },
      ["f32", "f32"],
      { onMessage: (message) => heard.push(message) },
    );
    expect(heard.map(({ visit }) => visit)).toEqual([0, 1]);
    expect(heard[0]?.elements).toEqual([4, 5, 7].map((place) => ({ place, value: inputs[place] })));
  });
  test("[N16] an assert that fails says what, and where", () => {
    const bad = () =>
      outOf((b, x, y, lanes) => {
        const value = b.load({ pointer: x, offset: lanes });
        b.assert(b.binary("lt", value, b.full([8], 9, "f32")), "x < 9");
        b.store({ pointer: y, offset: lanes, value });
      });
    expect(bad).toThrow("assertion failed: x < 9 (program 0, 0, 0, element 5)");
  });
  test("[N17] a loop ends when its condition does", () => {
    const stored = outOf((b, _, y, lanes) => {
      const [start, limit] = [b.const(1, "f32"), b.const(100, "f32")];
      const [end = -1] = b.forLoop(
        { lower: b.const(0, "i32"), upper: b.const(1000, "i32") },
        [{ init: start }, { init: b.binary("lt", start, limit), goesOn: true }],
        (_turn, [value = -1]) => {
          const next = b.binary("mul", value, b.const(3, "f32"));
          return [next, b.binary("lt", next, limit)];
        },
      );
      b.store({ pointer: y, offset: lanes, value: b.broadcast(end, [8]) });
    });
    expect(stored[0]).toBe(243);
  });
});
