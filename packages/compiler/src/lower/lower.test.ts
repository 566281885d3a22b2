import { readTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../program.ts";
import { bodyLines } from "../testing/threads.ts";
import { dropDead } from "../thread/dead.ts";
import { inlineOnce } from "../thread/inline.ts";
import { lowerToThreads } from "./lower.ts";

/**
 * The Thread IR of a kernel from `x` to `y`, with what nobody reads left out and the rest written short. Names are numbered
 * in the order in which they come.
 */
function threadsOf(...lines: readonly string[]): readonly string[] {
  const head = "kernel k(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32) {";
  const text = [head, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
  const threads = inlineOnce(dropDead(lowerToThreads(readTile(text, "cell"), portableTarget)));
  const names = new Map<string, string>();
  return bodyLines(threads).map((line) =>
    line.replaceAll(/\b([a-z]+)_\d+\b/g, (name, word: string) => {
      const short = names.get(name) ?? (["x", "y", "n"].includes(word) ? word : `${word}${names.size}`);
      names.set(name, short);
      return short;
    }),
  );
}

const load32 = ["%3: i32[32] = arange 0 32", "%4: f32[32] = load %x.0[%3]"];
const load4 = ["%3: i32[4] = arange 0 4", "%4: f32[4] = load %x.0[%3]"];

describe("tiles become threads", () => {
  test("[L1] an elementwise op is computed where it is stored; of a tile smaller than the threads, once", () => {
    const small = ["%3: i32[8] = arange 0 8", "%4: f32[8] = load %x.0[%3]"];
    expect(threadsOf(...small, "%5: f32[8] = exp %4", "store %y.1[%3], %5")).toEqual([
      "if lt(and(tid, 31), 8)",
      "  v0 = and(tid, 7)",
      "  y[v0] := exp(x[v0])",
    ]);
  });

  test("[L2] a masked load is a choice, a masked store a branch", () => {
    expect(
      threadsOf(
        "%3: i32[32] = arange 0 32",
        "%4: i32[32] = broadcast %n.2",
        "%5: bool[32] = lt %3, %4",
        "%6: f32 = const -1",
        "%7: f32[32] = broadcast %6",
        "%8: f32[32] = load %x.0[%3], mask %5, other %7",
        "store %y.1[%3], %8, mask %5",
      ),
    ).toEqual([
      "v0 = and(tid, 31)",
      "v1 = lt(v0, n)",
      "v3 = select(v1, x[v0], -1)",
      "if v1",
      "  y[v0] := v3",
    ]);
  });

  test("[L3] a row that several threads share is folded by way of workgroup memory; everyone has the result", () => {
    expect(
      threadsOf(...load4, "%5: f32 = reduce max %4 axis 0", "%6: i32 = programId 0", "store %y.1[%6], %5"),
    ).toEqual([
      "v0 = and(tid, 3)",
      "v1 = and(tid, 31)",
      "v2 = x[v0]",
      "if lt(v1, 4)",
      "  partial4[v0] := v2",
      "v5 = max(max(max(partial4[0], partial4[1]), partial4[2]), partial4[3])",
      "if lt(v1, 1)",
      "  y[program_x] := v5",
    ]);
  });

  test("[L4] along another axis the owner of a result walks", () => {
    expect(
      threadsOf(
        "%3: i32[128] = arange 0 128",
        "%4: f32[128] = load %x.0[%3]",
        "%5: f32[4, 32] = reshape %4",
        "%6: f32[32] = reduce sum %5 axis 0",
        "%7: i32[32] = arange 0 32",
        "store %y.1[%7], %6",
      ),
    ).toEqual([
      "v0 = and(tid, 31)",
      "sum1 := x[v0]",
      "for a3 in 1 .. 4 by 1",
      "  sum1 := add(sum1, x[add(v0, mul(a3, 32))])",
      "sum4[0] := sum1",
      "y[v0] := sum4[0]",
    ]);
  });

  test("[L5] shapes and views are places: a transposed load reads elsewhere", () => {
    expect(
      threadsOf(
        ...load32,
        "%5: f32[4, 8] = reshape %4",
        "%6: f32[8, 4] = transpose %5 [1, 0]",
        "%7: f32[32] = reshape %6",
        "store %y.1[%3], %7",
      ),
    ).toEqual(["v0 = and(tid, 31)", "y[v0] := x[add(and(shr(v0, 2), 7), mul(and(v0, 3), 8))]"]);
  });

  test("[L6] a dot walks the inner axis; who stores what another thread holds reads its copy", () => {
    expect(
      threadsOf(
        ...load4,
        "%5: f32[2, 2] = reshape %4",
        "%6: f32[2, 2] = dot %5, %5",
        "%7: f32[4] = reshape %6",
        "store %y.1[%3], %7",
      ),
    ).toEqual([
      "dot0[0] := 0",
      "v1 = and(tid, 1)",
      "v2 = mul(shr(tid, 4), 2)",
      "dot0[0] := add(dot0[0], mul(x[v2], x[v1]))",
      "dot0[0] := add(dot0[0], mul(x[add(v2, 1)], x[add(v1, 2)]))",
      "if lt(and(tid, 15), 2)",
      "  shared4[add(v1, v2)] := dot0[0]",
      "if lt(and(tid, 31), 4)",
      "  v5 = and(tid, 3)",
      "  y[v5] := shared4[add(and(v5, 1), mul(and(shr(v5, 1), 1), 2))]",
    ]);
  });

  test("[L7] carried tiles stay in their registers from turn to turn", () => {
    expect(
      threadsOf(
        "%3: i32[32] = arange 0 32",
        "%4: f32 = const 0",
        "%5: f32[32] = broadcast %4",
        "%6: i32 = const 0",
        "%7: f32[32] = for %8 = %6 to %n.2 step 32 carry %9 = %5 {",
        "  %10: i32[32] = broadcast %8",
        "  %11: i32[32] = add %3, %10",
        "  %12: f32[32] = load %x.0[%11]",
        "  %13: f32[32] = add %9, %12",
        "  yield %13",
        "}",
        "store %y.1[%3], %7",
      ),
    ).toEqual([
      "v0 = and(tid, 31)",
      "kept1[0] := 0",
      "for i2 in 0 .. n by 32",
      "  kept1[0] := add(kept1[0], x[add(v0, i2)])",
      "y[v0] := kept1[0]",
    ]);
  });

  test("[L8] a bound that WGSL cannot see to be uniform is agreed on", () => {
    expect(
      threadsOf(
        ...load32,
        "%5: f32 = reduce max %4 axis 0",
        "%6: i32 = cast %5",
        "%7: i32 = const 0",
        "%8: f32[32] = for %9 = %7 to %6 step 1 carry %10 = %4 {",
        "  %11: f32[32] = exp %10",
        "  yield %11",
        "}",
        "store %y.1[%3], %8",
      ).slice(-7),
    ).toEqual([
      "if eq(tid, 0)",
      "  agreed9 := v8",
      "agreed10 = agree(agreed9)",
      "kept11[0] := v3",
      "for i12 in 0 .. agreed10 by 1",
      "  kept11[0] := exp(kept11[0])",
      "y[v0] := kept11[0]",
    ]);
  });

  test("[L9] a branch of the whole program is one of all threads", () => {
    expect(
      threadsOf(
        "%3: i32 = const 0",
        "%4: bool = gt %n.2, %3",
        "%5: f32 = if %4 {",
        "  %6: f32 = load %x.0[%3]",
        "  yield %6",
        "} else {",
        "  %7: f32 = const 1",
        "  yield %7",
        "}",
        "store %y.1[%3], %5",
      ),
    ).toEqual(["if gt(n, 0) (uniform)", "  kept1 := x[0]", "else", "  kept1 := 1", "y[0] := kept1"]);
  });

  test("[L10] a sort counts what comes before", () => {
    expect(
      threadsOf(...load4, "%5: i32[4] = argsort %3 axis 0", "%6: f32[4] = cast %5", "store %y.1[%3], %6"),
    ).toEqual([
      "v0 = lt(and(tid, 31), 4)",
      "if v0",
      "  v1 = and(tid, 3)",
      "  rank2 := 0",
      "  for j3 in 0 .. 4 by 1",
      "    v4 = lt(j3, v1)",
      "    rank2 := add(rank2, select(or(v4, and(eq(j3, v1), v4)), 1, 0))",
      "  common5[rank2] := v1",
      "v6 = and(tid, 3)",
      "order7[0] := common5[v6]",
      "if v0",
      "  y[v6] := f32(order7[0])",
    ]);
  });

  test("[L11] a scan: one thread walks a line and leaves the values in workgroup memory", () => {
    expect(
      threadsOf(
        ...load4,
        "%5: f32[4] = scan %4 axis 0 with %6 and %7 {",
        "  %8: f32 = add %6, %7",
        "  yield %8",
        "}",
        "store %y.1[%3], %5",
      ),
    ).toEqual([
      "v0 = and(tid, 3)",
      "load1[0] := x[v0]",
      "v3 = lt(and(tid, 31), 4)",
      "if v3",
      "  shared4[v0] := load1[0]",
      "if lt(tid, 1)",
      "  v5 = shared4[0]",
      "  running6 := v5",
      "  common7[0] := v5",
      "  for j8 in 1 .. 4 by 1",
      "    v9 = add(running6, shared4[j8])",
      "    running6 := v9",
      "    common7[j8] := v9",
      "scanned10[0] := common7[v0]",
      "if v3",
      "  y[v0] := scanned10[0]",
    ]);
  });

  test("[L12] a gather stays inside of its axis", () => {
    expect(
      threadsOf(
        ...load32,
        "%5: f32[32] = exp %4",
        "%6: f32[32] = gather %5[%3] axis 0",
        "store %y.1[%3], %6",
      ),
    ).toEqual(["v0 = and(tid, 31)", "y[v0] := exp(x[and(v0, 31)])"]);
  });

  test("[L13] prints and asserts note moment, place and bits; a program with asserts ends by agreeing", () => {
    expect(
      threadsOf(
        ...load4,
        "%5: f32 = const 0",
        "%6: f32[4] = broadcast %5",
        "%7: bool[4] = ge %4, %6",
        'print "v" %4',
        'assert "a" %7',
      ),
    ).toEqual([
      "v0 = and(tid, 3)",
      "load1[0] := x[v0]",
      "v3 = lt(and(tid, 31), 4)",
      "if v3",
      "  message 0: 0, 0, v0, bitcast u32(load1[0])",
      "if v3",
      "  if not(ge(load1[0], 0))",
      "    fail 1: 1, v0",
      "conclude",
    ]);
  });

  test("[L14] stores to one buffer keep their order", () => {
    expect(threadsOf(...load32, "store %y.1[%3], %4", "store %y.1[%3], %4")).toEqual([
      "v0 = and(tid, 31)",
      "load1[0] := x[v0]",
      "v3 = load1[0]",
      "y[v0] := v3",
      "barrier storage",
      "y[v0] := v3",
    ]);
  });
});
