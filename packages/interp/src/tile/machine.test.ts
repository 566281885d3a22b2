import { TileBuilder, type TileKernel, readTile } from "@tilebook/ir";
import { randomKernel } from "@tilebook/ir/testing";
import { Fault } from "@tilebook/base";
import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { TileMachine } from "./machine.ts";
import { runTileKernel } from "./run.ts";

/** Runs a text over a grid of [programs, 1, 1] and gives back the buffer named first. */
function run(text: string, out: Float64Array, ...more: readonly (Float64Array | number)[]): number[] {
  runTileKernel(readTile(text, "ir"), [1, 1, 1], [out, ...more]);
  return Array.from(out);
}

/** The text a fault points at, with its code and message. */
function faultOf(
  text: string,
  args: readonly (Float64Array | number)[],
): { code: string; message: string; at: string } {
  try {
    runTileKernel(readTile(text, "ir"), [1, 1, 1], args, { trapNaN: true });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, message: error.message, at: text.slice(error.span?.start, error.span?.end) };
  }
  return { code: "none", message: "", at: "" };
}

const swap = `kernel swap(%out.0: ptr<i32, write>, %n.1: i32) {
  %2: i32 = const 0
  %3: i32 = const 1
  %4: i32 = const 10
  %a.10: i32, %b.11: i32 = for %i.5 = %2 to %n.1 step 1 carry %a.6 = %3, %b.7 = %4 {
    yield %b.7, %a.6
  }
  store %out.0[%2], %a.10
  store %out.0[%3], %b.11
}`;

describe("loops and branches", () => {
  test("[M1] carried values change places all at once", () => {
    expect(run(swap, new Float64Array(2), 0)).toEqual([1, 10]);
    expect(run(swap, new Float64Array(2), 1)).toEqual([10, 1]);
    expect(run(swap, new Float64Array(2), 4)).toEqual([1, 10]);
  });
  test("[M2] the index counts from lower to upper by step; bounds are read once", () => {
    const text = `kernel count(%out.0: ptr<i32, write>, %lo.1: i32, %hi.2: i32) {
  %3: i32 = const 0
  %4: i32 = const 100
  %s.9: i32 = for %i.5 = %lo.1 to %hi.2 step 3 carry %s.6 = %3 {
    %7: i32 = mul %s.6, %4
    %8: i32 = add %7, %i.5
    yield %8
  }
  store %out.0[%3], %s.9
}`;
    expect(run(text, new Float64Array(1), 1, 8)).toEqual([10_407]);
    expect(run(text, new Float64Array(1), 1, 1)).toEqual([0]);
    expect(run(text, new Float64Array(1), -2, 2)).toEqual([-199]);
  });
  test("[M3] an if runs one arm only", () => {
    const text = `kernel pick(%out.0: ptr<f32, write>, %yes.1: bool) {
  %2: i32 = const 0
  %7: f32 = if %yes.1 {
    %3: f32 = const 1
    yield %3
  } else {
    %4: i32 = const 99
    %5: f32 = const 2
    store %out.0[%4], %5
    yield %5
  }
  store %out.0[%2], %7
}`;
    expect(run(text, new Float64Array(1), 1)).toEqual([1]);
    expect(faultOf(text, [new Float64Array(1), 0]).code).toBe("tile/bounds");
  });
  test("[M4] programs see their ids, the first axis fastest", () => {
    const b = new TileBuilder("ids");
    const [out, order] = [b.pointer("out", "i32"), b.pointer("order", "i32")];
    const [x, y, z] = [b.programId(0), b.programId(1), b.programId(2)];
    const row = b.binary("add", b.binary("mul", z, b.numPrograms(1)), y);
    const offset = b.binary("add", b.binary("mul", row, b.numPrograms(0)), x);
    const zero = b.const(0, "i32");
    const turn = b.load({ pointer: order, offset: zero });
    b.store({ pointer: out, offset, value: turn });
    b.store({ pointer: order, offset: zero, value: b.binary("add", turn, b.const(1, "i32")) });
    const seen = new Float64Array(24);
    runTileKernel(b.finish(), [2, 3, 4], [seen, new Float64Array(1)]);
    expect(Array.from(seen)).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });
});

const copy = `kernel copy(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32) {
  %3: i32[4] = arange 0 4
  %4: i32[4] = broadcast %n.2
  %m.5: bool[4] = lt %3, %4
  %6: f32 = const 9
  %7: f32[4] = broadcast %6
  %8: f32[4] = load %x.0[%3], mask %m.5, other %7
  store %y.1[%3], %8, mask %m.5
}`;

describe("memory", () => {
  test("[M5] masked-off lanes touch no memory: load gives other, store writes nothing", () => {
    const y = new Float64Array(3).fill(-1);
    runTileKernel(readTile(copy), [1, 1, 1], [Float64Array.of(1, 2), y, 2]);
    expect(Array.from(y)).toEqual([1, 2, -1]);
  });
  test("[M6] a load out of bounds names buffer, offset, size and program, on the load's line", () => {
    const fault = faultOf(copy, [Float64Array.of(1, 2), new Float64Array(4), 4]);
    expect(fault.code).toBe("tile/bounds");
    expect(fault.message).toBe("load from x[2], which has 2 elements (lane 2 of program 0, 0, 0)");
    expect(fault.at).toBe("%8: f32[4] = load %x.0[%3], mask %m.5, other %7");
  });
  test("[M7] so does a store, and negative offsets", () => {
    const fault = faultOf(copy, [new Float64Array(4), new Float64Array(3), 4]);
    expect(fault.message).toBe("store to y[3], which has 3 elements (lane 3 of program 0, 0, 0)");
    const negative = copy.replace("arange 0 4", "arange -1 3");
    expect(faultOf(negative, [new Float64Array(4), new Float64Array(4), 4]).message).toMatch(
      "load from x[-1]",
    );
  });
});

const logs = `kernel logs(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>) {
  %2: i32[4] = arange 0 4
  %3: f32[4] = load %x.0[%2]
  %4: f32[4] = log %3
  %5: f32[4] = add %4, %4
  store %y.1[%2], %5
}`;

describe("where a NaN began", () => {
  test("[M8] the first op that makes a NaN of numbers is remarked, with its span, not those it spreads to", () => {
    const args = [Float64Array.of(1, 2, -3, 4), new Float64Array(4)];
    const { remarks } = runTileKernel(readTile(logs, "ir"), [1, 1, 1], args);
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toMatchObject({
      code: "tile/nan",
      message: "log(-3) gave NaN (lane 2 of f32[4] in program 0, 0, 0)",
    });
    expect(logs.slice(remarks[0]?.span?.start, remarks[0]?.span?.end)).toBe("%4: f32[4] = log %3");
  });
  test("[M9] asked to trap, it stops there", () => {
    expect(faultOf(logs, [Float64Array.of(1, 2, -3, 4), new Float64Array(4)])).toMatchObject({
      code: "tile/nan",
      at: "%4: f32[4] = log %3",
    });
  });
  test("[M10] a NaN that came in from a buffer is no origin", () => {
    expect(faultOf(logs, [Float64Array.of(1, NaN, 3, 4), new Float64Array(4)]).code).toBe("none");
    expect(faultOf(logs, [Float64Array.of(1, NaN, -3, 4), new Float64Array(4)]).message).toMatch("log(-3)");
  });
  test("[M11] infinity minus infinity in a sum is one", () => {
    const text = logs.replace("log %3", "sub %3, %3");
    expect(faultOf(text, [Float64Array.of(1, Infinity, 3, 4), new Float64Array(4)]).message).toMatch(
      "sub(Infinity, Infinity)",
    );
  });
});

function stopAfter(calls: number): () => boolean {
  let left = calls;
  return () => left-- <= 0;
}

const forever = (body: string) => `kernel forever(%n.0: i32) {
  %1: i32 = const 0
  for %2 = %1 to %n.0 step 1 {
    for %3 = %1 to %n.0 step 1 {
      ${body}
    }
  }
}`;

const codeOf = (args: readonly (Float64Array | number)[]): string => faultOf(copy, args).code;

describe("runs", () => {
  test("[M12] stop is asked between programs", () => {
    const y = new Float64Array(4);
    const go = () =>
      runTileKernel(readTile(copy), [9, 1, 1], [new Float64Array(4), y, 4], { stop: stopAfter(3) });
    expect(go).toThrow(expect.objectContaining({ code: "run/stopped" }));
  });
  test("[M13] stop ends a program whose loops would never end, empty bodies included", () => {
    for (const body of ["", "%9: i32 = add %3, %2"]) {
      const go = () =>
        runTileKernel(readTile(forever(body)), [1, 1, 1], [2 ** 31 - 1], { stop: stopAfter(5) });
      expect(go).toThrow(expect.objectContaining({ code: "run/stopped" }));
    }
  });
  test("[M14] arguments must fit the parameters", () => {
    expect(codeOf([new Float64Array(4), new Float64Array(4)])).toBe("tile/arguments");
    expect(codeOf([new Float64Array(4), 4, 4])).toBe("tile/arguments");
    expect(codeOf([new Float64Array(4), new Float64Array(4), new Float64Array(4)])).toBe("tile/arguments");
    expect(() => runTileKernel(readTile(copy), [1, 0, 1], [])).toThrow(
      expect.objectContaining({ code: "graph/grid" }),
    );
  });
  test("[M15] scalars are rounded to their dtype in exact mode", () => {
    const text = "kernel k(%y.0: ptr<f32, write>, %s.1: f32) { %2: i32 = const 0 store %y.0[%2], %s.1 }";
    expect(run(text, new Float64Array(1), 0.1)).toEqual([Math.fround(0.1)]);
  });
  test("[M16] a kernel with more tiles than fit in memory is refused", () => {
    const body: TileKernel["body"] = Array.from({ length: 20 }, (_, result) => ({
      kind: "arange",
      start: 0,
      end: 16,
      result,
      type: { dtype: "i32", shape: [16] },
    }));
    const go = () => runTileKernel({ name: "big", params: [], body }, [1, 1, 1], [], { maxElements: 256 });
    expect(go).toThrow(expect.objectContaining({ code: "tile/memory" }));
  });
});

const branch = `kernel branch(%out.0: ptr<f32, write>, %yes.1: bool) {
  %zero.2: i32 = const 0
  %joined.6: f32 = if %yes.1 {
    %inner.4: f32 = const 1
    %5: f32 = neg %inner.4
    yield %5
  } else {
    %other.3: f32 = const 2
    yield %other.3
  }
  store %out.0[%zero.2], %joined.6
}`;

function machineOf(text: string, args: readonly (Float64Array | number)[]): TileMachine {
  const machine = new TileMachine({
    kernel: readTile(text, "ir"),
    grid: [1, 1, 1],
    arguments: args,
    rounding: "exact",
  });
  machine.start([0, 0, 0]);
  return machine;
}

describe("stepping", () => {
  test("[M17] between steps the next op, its span, the depth and all values can be read", () => {
    const kernel = readTile(swap, "ir");
    const out = new Float64Array(2);
    const machine = new TileMachine({ kernel, grid: [1, 1, 1], arguments: [out, 1], rounding: "exact" });
    machine.start([0, 0, 0]);
    expect(machine.next?.kind).toBe("const");
    expect(swap.slice(machine.span?.start, machine.span?.end)).toBe("%2: i32 = const 0");
    expect(machine.value(2)).toBeUndefined();
    machine.step();
    expect(machine.value(2)?.values).toEqual(Float64Array.of(0));
    const kinds: (string | undefined)[] = [];
    do kinds.push(machine.next?.kind);
    while (machine.step());
    expect(kinds).toEqual(["const", "const", "for", "store", "store"]);
    expect(machine.next).toBeUndefined();
    expect(machine.step()).toBe(false);
    machine.start([0, 0, 0]);
    expect(machine.value(2)).toBeUndefined();
    expect(machine.value(1)?.values).toEqual(Float64Array.of(1));
    expect(Array.from(out)).toEqual([10, 1]);
  });
  test("[M20] between steps one sees what is alive, in which role, and what the last step wrote", () => {
    const machine = machineOf(swap, [new Float64Array(2), 2]);
    const seen = () => machine.live.map(({ value, label, role }) => `${role} ${label ?? ""}.${value}`);
    expect(seen()).toEqual(["parameter n.1"]);
    for (let i = 0; i < 3; i++) machine.step();
    expect(machine.written).toEqual([2 + 2]);
    machine.step();
    // The loop has no op inside: entering it is a step, and each turn is one.
    expect(seen()).toEqual([
      "parameter n.1",
      "result .2",
      "result .3",
      "result .4",
      "index i.5",
      "carried a.6",
      "carried b.7",
    ]);
    expect(machine.written.toSorted((a, b) => a - b)).toEqual([5, 6, 7]);
    expect(machine.live.at(-2)?.values).toEqual(Float64Array.of(10));
    while (machine.step());
    expect(seen().slice(-2)).toEqual(["result a.10", "result b.11"]);
    expect(machine.position).toBe(7);
  });
  test("[M21] a block's own values end with it; an op at work has no result yet", () => {
    const machine = machineOf(branch, [new Float64Array(1), 1]);
    const labels = () => machine.live.map((item) => item.label);
    machine.step();
    machine.step();
    expect(labels()).toEqual(["yes", "zero"]);
    machine.step();
    expect(labels()).toEqual(["yes", "zero", "inner"]);
    machine.step();
    expect(labels()).toEqual(["yes", "zero", "joined"]);
    expect(machine.written).toEqual([5, 6]);
  });
  test("[M22] the next op says what it reads, and which elements of which buffer", () => {
    const machine = machineOf(copy, [Float64Array.of(1, 2, 3), new Float64Array(4), 2]);
    while (machine.next?.kind !== "load") machine.step();
    expect(machine.reads).toEqual([3, 5, 7]);
    expect(machine.access).toEqual({
      how: "load",
      pointer: 0,
      name: "x",
      dtype: "f32",
      lanes: [
        { lane: 0, offset: 0 },
        { lane: 1, offset: 1 },
      ],
    });
  });
  test("[M23] after a trap the machine stands at the op, and the trap knows its lane", () => {
    const machine = machineOf(copy, [Float64Array.of(1, 2, 3), new Float64Array(4), 4]);
    const finish = () => {
      while (machine.step());
    };
    expect(finish).toThrow(expect.objectContaining({ code: "tile/bounds", lane: 3, program: [0, 0, 0] }));
    expect(machine.next?.kind).toBe("load");
    expect(machine.access?.lanes).toHaveLength(4);
  });
  test("[M24] going back is starting again: after as many steps everything is as it was", () => {
    const out = new Float64Array(2);
    const machine = machineOf(swap, [out, 4]);
    const state = () => machine.live.map((item) => [item.value, item.role, ...item.values]);
    const states = [state()];
    while (machine.step()) states.push(state());
    for (const [position, wanted] of states.entries()) {
      out.fill(0);
      machine.start([0, 0, 0]);
      while (machine.position < position) machine.step();
      expect(state()).toEqual(wanted);
    }
    expect(states).toHaveLength(machine.position + 1);
  });
  test("[M18] a program outside the grid is refused", () => {
    const machine = new TileMachine({
      kernel: readTile(swap),
      grid: [1, 1, 1],
      arguments: [new Float64Array(2), 1],
      rounding: "exact",
    });
    expect(() => machine.start([1, 0, 0])).toThrow(expect.objectContaining({ code: "tile/grid" }));
  });
});

describe("any verified kernel", () => {
  test("[M19] runs to its end or traps with a Fault, in both modes", () => {
    const seen = new Set<string>();
    const check = property(nat(), (seed) => {
      const kernel = randomKernel(seed);
      for (const rounding of ["exact", "f64"] as const) {
        const args = kernel.params.map((param) =>
          param.kind === "pointer" ? new Float64Array(8).fill(1) : 3,
        );
        seen.add(outcome(() => runTileKernel(kernel, [2, 1, 1], args, { rounding, stop: stopAfter(20) })));
      }
    });
    assert(check, { numRuns: 150, seed: 3 });
    expect([...seen].toSorted()).toEqual(["finished", "kernel/assert", "kernel/turns", "tile/bounds"]);
  });
});

function outcome(go: () => unknown): string {
  try {
    go();
    return "finished";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}
