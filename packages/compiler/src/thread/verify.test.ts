import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { lowerToThreads } from "../lower/lower.ts";
import {
  add,
  define,
  float,
  int,
  loop,
  name,
  output,
  read,
  registers,
  set,
  threads,
  when,
} from "../testing/threads.ts";
import { tilePasses } from "../tile/passes.ts";
import type { Expr, ThreadKernel } from "./ir.ts";
import { threadPasses } from "./passes.ts";
import { verifyThreads } from "./verify.ts";
import { portableTarget } from "../program.ts";

function refusal(kernel: ThreadKernel): string | undefined {
  try {
    verifyThreads(kernel);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function matrixOf(parts: readonly Expr[]): Expr {
  return { kind: "matrix", type: { scalar: "f32", width: 4, columns: 4 }, parts };
}

const y = output("y");

describe("Thread IR is verified", () => {
  test("[V1] a name is bound once, and before it is read", () => {
    const a = define("a", int(1));
    expect(refusal(threads([y], a, set("y", float(0), name("a"))))).toBeUndefined();
    expect(refusal(threads([y], set("y", float(0), name("a")), a))).toBe("V1: a is not bound here");
    expect(refusal(threads([], a, a))).toBe("V1: a is bound twice");
    expect(refusal(threads([], loop("i", int(2), a), define("b", name("a"))))).toBe(
      "V1: a is not bound here",
    );
    expect(refusal(threads([], loop("tid", int(2), a)))).toBe("V1: tid is bound twice");
  });

  test("[V2] memories are there, arrays have a place, variables have none", () => {
    expect(refusal(threads([], set("r", float(1))))).toBe("V2: there is no memory r");
    expect(refusal(threads([registers("r"), registers("r")]))).toBe("V2: r is declared twice");
    expect(refusal(threads([registers("r")], set("r", float(1), int(0))))).toBe("V2: r is no array");
    expect(refusal(threads([y], set("y", float(1))))).toBe("V2: y is an array");
    expect(refusal(threads([y, registers("r", 2)], define("a", read("r"))))).toBe("V2: r is an array");
    expect(refusal(threads([y], set("y", float(1), float(0))))).toBe("V3: the place in y is i32, not f32: 0");
    const word: Expr = { kind: "word", type: { scalar: "u32", width: 1 }, memory: "y", index: int(0) };
    expect(refusal(threads([y], define("a", word)))).toBe("V2: y has no words to read");
    expect(refusal(threads([{ ...y, space: "read", dtype: "i8" }], define("a", word)))).toBeUndefined();
  });

  test("[V3] types fit", () => {
    expect(refusal(threads([y], set("y", int(1), int(0))))).toBe("V3: what goes into y is f32, not i32: 1");
    expect(refusal(threads([], define("a", add(int(1), float(2)))))).toBe(
      "V3: both sides have one type: add(1, 2)",
    );
    expect(refusal(threads([], when(int(1), true)))).toBe("V3: a condition is bool, not i32: 1");
    const wide: Expr = { kind: "splat", type: { scalar: "f32", width: 4 }, input: float(1) };
    expect(refusal(threads([y], set("y", wide, int(0))))).toMatch("V3: what goes into y is f32, not f32x4");
    expect(refusal(threads([], define("a", { ...add(wide, wide), type: float(0).type })))).toMatch(
      "an op keeps its type",
    );
    expect(refusal(threads([], define("a", { ...wide, input: int(1) })))).toMatch(
      "one number goes into four lanes",
    );
    const matrix = matrixOf([wide, wide, wide, wide]);
    const moved: Expr = { kind: "transform", type: wide.type, matrix, input: wide };
    expect(refusal(threads([], define("a", moved)))).toBeUndefined();
    expect(refusal(threads([], define("a", matrixOf([wide, wide]))))).toMatch("four vectors make a matrix");
    expect(refusal(threads([], define("a", { ...moved, matrix: wide })))).toMatch("a matrix takes a vector");
    expect(refusal(threads([], define("a", add(matrix, wide))))).toMatch("both sides have one type");
  });

  const target = { ...portableTarget, workgroupBytes: 32768 };
  test.each(Array.from({ length: 100 }, (_, at) => 1000 + at))(
    "[V4] random kernel %i, after each pass",
    (seed) => {
      const tiles = tilePasses.reduce((before, pass) => pass.run(before), soundKernel(seed).kernel);
      let after = lowerToThreads(tiles, target);
      const found = [refusal(after)];
      for (const pass of threadPasses) {
        after = pass.run(after, target);
        found.push(refusal(after));
      }
      expect(found).toEqual(found.map(() => undefined));
    },
  );
});
