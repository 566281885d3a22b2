import { Fault } from "@tilebook/base";
import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { TileBuilder } from "../builder.ts";
import { randomKernel } from "../testing/random-kernel.ts";
import { readTile } from "../text/read-tile.ts";
import type { TileKernel } from "../tile.ts";
import { tileRules } from "./tile-rules.ts";
import { tileBounds, verifyTile } from "./tile.ts";

/** A valid kernel that the cases below break in one place. */
const good = `kernel k(%x.0: ptr<f32, readwrite>, %n.1: i32) {
  %2: i32[4] = arange 0 4
  %3: f32[4] = load %x.0[%2]
  %4: i32 = const 0
  %5: bool = gt %n.1, %4
  %s.9: f32[4] = for %i.6 = %4 to %n.1 step 2 carry %s.7 = %3 {
    %8: f32[4] = add %s.7, %3
    yield %8
  }
  %12: f32[4] = if %5 {
    %10: f32[4] = exp %s.9
    yield %10
  } else {
    yield %3
  }
  store %x.0[%2], %12
}`;

/** The fault of `good` with `from` replaced by `to`: its code, and the line it points at. */
function faultOf(from: string, to: string): string {
  if (!good.includes(from)) throw new Error(`the kernel has no ${from}`);
  const text = good.replace(from, to);
  try {
    verifyTile(readTile(text, "ir"));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { start = 0, end = 0 } = error.span ?? {};
    const firstLine = text.slice(start, end).split("\n")[0] ?? "";
    return `${error.code} | ${firstLine.trim()}`;
  }
  return "valid";
}

/** Verifies a kernel that prints and asserts with this text. */
const said = (text: string) => () => {
  const b = new TileBuilder("k");
  const x = b.const(1, "bool");
  b.print({ text, value: x });
  b.assert(x, text);
  verifyTile(b.finish());
};

describe("verifyTile", () => {
  test("[T0] the kernel that the cases break is valid, and so is every kernel of the builder", () => {
    expect(faultOf("step 2", "step 1")).toBe("valid");
    const check = property(nat(), (seed) => verifyTile(randomKernel(seed)));
    assert(check, { numRuns: 100 });
  });
  test("[T1] labels are identifiers", () => {
    expect(faultOf("%s.9: f32", "%a-b.9: f32")).toMatch("tile/T1 | %a-b.9: f32[4] = for");
    expect(faultOf("%i.6", "%a+.6")).toMatch("tile/T1");
  });
  test("[T2] a value is read where it is visible", () => {
    expect(faultOf("exp %s.9", "exp %8")).toBe("tile/value | %10: f32[4] = exp %8");
    expect(faultOf("exp %s.9", "exp %12")).toBe("tile/value | %10: f32[4] = exp %12");
    expect(faultOf("exp %s.9", "exp %99")).toMatch("tile/value");
    expect(faultOf("add %s.7, %3", "add %s.9, %3")).toMatch("tile/value");
    expect(faultOf("exp %s.9", "exp %i.6")).toMatch("tile/value");
    expect(faultOf("= gt %n.1", "= gt %x.0")).toMatch("tile/value | %5");
    expect(faultOf("load %x.0", "load %2")).toMatch("tile/value | %3");
  });
  test("[T2] an id has one definition", () => {
    expect(faultOf("%10: f32[4] = exp", "%3: f32[4] = exp")).toBe("tile/value | %3: f32[4] = exp %s.9");
    expect(faultOf("%i.6", "%i.4")).toMatch("tile/value");
    expect(faultOf("%n.1: i32", "%n.0: i32")).toMatch("tile/value | kernel k(");
  });
  test("[T3] tile sizes are powers of two", () => {
    expect(faultOf("arange 0 4", "arange 0 5")).toMatch("tile/size | %2");
    expect(faultOf("%s.9: f32[4]", "%s.9: f32[3]")).toMatch("tile/size");
    expect(faultOf("%3: f32[4]", "%3: f32[131072]")).toMatch("tile/size");
    expect(faultOf("%3: f32[4]", "%3: f32[1, 1, 1, 1, 1, 1, 1, 1, 4]")).toMatch("tile/size");
  });
  test("[T4] an op's type is what its operands give", () => {
    expect(faultOf("%3: f32[4] = load", "%3: f32[8] = load")).toBe("tile/T4 | %3: f32[8] = load %x.0[%2]");
    expect(faultOf("%5: bool", "%5: i32")).toMatch("tile/T4");
    expect(faultOf("gt %n.1", "and %n.1")).toMatch("tile/T4");
    expect(faultOf("exp %s.9", "not %s.9")).toMatch("tile/dtype");
    expect(faultOf("add %s.7, %3", "add %s.7, %n.1")).toMatch("tile/dtype");
    expect(faultOf("store %x.0[%2], %12", "store %x.0[%4], %12")).toMatch("tile/shape | store");
    expect(faultOf("store %x.0[%2]", "store %x.0[%3]")).toMatch("tile/dtype | store");
    expect(faultOf("const 0", "const 0.5")).toMatch("tile/const");
    expect(faultOf("const 0", "const nan")).toMatch("tile/const");
  });
  test("[T5] loop bounds are i32 scalars, the step is positive, inits fit", () => {
    expect(faultOf("%4 to %n.1", "%4 to %3")).toMatch("tile/T5 | %s.9: f32[4] = for");
    expect(faultOf("step 2", "step 0")).toMatch("tile/T5");
    expect(faultOf("%s.7 = %3", "%s.7 = %2")).toMatch("tile/T5");
  });
  test("[T6] the condition of an if is a scalar bool", () => {
    expect(faultOf("if %5", "if %n.1")).toMatch("tile/T6 | %12: f32[4] = if %n.1");
  });
  test("[T7] blocks hand out visible values of the stated type", () => {
    expect(faultOf("yield %8", "yield %i.6")).toMatch("tile/T7 | %s.9");
    expect(faultOf("yield %3", "yield %10")).toMatch("tile/value | %12");
    expect(faultOf("yield %10", "yield %5")).toMatch("tile/T7 | %12");
  });
  test("[T8] a pointer's access is what the body does", () => {
    expect(faultOf("readwrite", "read")).toMatch("tile/access");
    expect(faultOf("readwrite", "write")).toMatch("tile/access");
  });
  test("[T9] names are identifiers and differ", () => {
    expect(faultOf("kernel k", "kernel 3")).toMatch("tile/names");
    expect(faultOf("%n.1: i32", "%x.1: i32")).toMatch("tile/names");
    expect(faultOf("%n.1: i32", "%1: i32")).toMatch("tile/names");
  });
  test("[T10] kernels are bounded in ops and nesting, before anything recurses into them", () => {
    const wide = {
      name: "k",
      params: [],
      body: Array.from({ length: tileBounds.ops + 1 }, (_, result) => constant(result)),
    };
    expect(() => verifyTile(wide)).toThrow(expect.objectContaining({ code: "tile/too-large" }));
    let deep: TileKernel["body"] = [];
    for (let i = 0; i < 100_000; i++)
      deep = [{ kind: "if", condition: 0, whenTrue: deep, whenFalse: [], joined: [] }];
    const kernel: TileKernel = { name: "k", params: [], body: deep };
    expect(() => verifyTile(kernel)).toThrow(expect.objectContaining({ code: "tile/too-large" }));
  });
  test("[T12] a combine holds elementwise ops on scalars", () => {
    const b = new TileBuilder("k");
    const x = b.full([2, 4], 1, "f32");
    b.fold({ inputs: [x], axis: 1 }, ([l = 0]) => (b.programId(0), [l]));
    expect(() => verifyTile(b.finish())).toThrow(expect.objectContaining({ code: "tile/T8" }));
  });
  test("[T12] even where nothing reads it, a combine makes no tile", () => {
    const b = new TileBuilder("k");
    const x = b.full([2, 4], 1, "f32");
    b.fold({ inputs: [x], axis: 1 }, ([l = 0]) => (b.unary("exp", x), [l]));
    expect(() => verifyTile(b.finish())).toThrow(expect.objectContaining({ code: "tile/T8" }));
  });
  test("[T15] what a print or an assert says is short", () => {
    expect(said("x".repeat(200))).not.toThrow();
    expect(said("x".repeat(201))).toThrow(expect.objectContaining({ code: "tile/T10" }));
  });
  test("[T13] what keeps a loop going is carried", () => {
    const text = `kernel k(%n.0: i32) {
  %1: bool = const 1
  for %i.2 = %n.0 to %n.0 step 1 while %1 {
  }
}`;
    expect(() => verifyTile(readTile(text))).toThrow(expect.objectContaining({ code: "tile/T9" }));
  });
  test("[T14] atomics are for whole numbers in memory", () => {
    const b = new TileBuilder("k");
    const [p, zero] = [b.pointer("p", "f32"), b.const(0, "i32")];
    const one = b.const(1, "f32");
    expect(() => b.atomic({ op: "add", pointer: p, offset: zero, value: one })).toThrow(
      "atomics work on buffers of i32 and u32, not f32",
    );
  });
  test("[T11] every rule has its own id", () => {
    expect(tileRules.map((rule) => rule.id)).toEqual([
      "T1",
      "T2",
      "T3",
      "T4",
      "T5",
      "T6",
      "T7",
      "T8",
      "T9",
      "T10",
    ]);
  });
});

function constant(result: number): TileKernel["body"][number] {
  return { kind: "const", value: 0, result, type: { dtype: "i32", shape: [] } };
}
