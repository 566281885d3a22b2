import { Fault } from "@tilebook/base";
import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { lowerToThreads } from "../lower/lower.ts";
import { tilePasses } from "../tile/passes.ts";
import { add, define, int, loop, name, threads } from "../testing/threads.ts";
import type { Expr, Memory, Statement } from "./ir.ts";
import { threadPasses } from "./passes.ts";
import { verifyUniform } from "./verify-uniform.ts";
import { portableTarget } from "../program.ts";

const target = { ...portableTarget, workgroupBytes: 32768, subgroup: 4 };
const i32 = { scalar: "i32", width: 1 } as const;
const bool = { scalar: "bool", width: 1 } as const;
const barrier: Statement = { kind: "barrier", space: "workgroup" };

const memories: readonly Memory[] = [
  ...(["read", "readwrite", "workgroup"] as const).map((space) => ({
    name: space,
    space,
    type: i32,
    length: 4,
  })),
  { name: "variable", space: "function", type: i32, length: 0 },
];
const variable: Expr = { kind: "read", type: i32, memory: "variable" };
const read = (memory: string): Expr => ({ kind: "read", type: i32, memory, index: name("n") });
const less = (left: Expr): Expr => ({ kind: "binary", type: bool, op: "lt", left, right: int(0) });
const when = (condition: Expr, ...whenTrue: readonly Statement[]): Statement => ({
  kind: "if",
  condition,
  uniform: true,
  whenTrue,
  whenFalse: [],
});
/** A loop. Its index is named by how many statements it has: tests nest loops of different lengths. */
const turns = (to: Expr, ...inside: readonly Statement[]): Statement =>
  loop(`i${inside.length}`, to, ...inside);

const put = (value: Expr): Statement => ({ kind: "set", memory: "variable", value });

function refused(...body: readonly Statement[]): boolean {
  try {
    verifyUniform(threads(memories, ...body));
    return false;
  } catch (error) {
    if (error instanceof Fault && error.code === "compile/uniformity") return true;
    throw error;
  }
}

describe("barriers stand in uniform control flow", () => {
  test.each(["tid", "readwrite", "workgroup"])("[U1] a branch on %s holds none", (from) => {
    expect(refused(when(less(from === "tid" ? name(from) : read(from)), barrier))).toBe(true);
  });
  test.each(["n", "read"])("[U2] a branch on %s may hold one", (from) => {
    expect(refused(when(less(from === "n" ? name(from) : read(from)), barrier))).toBe(false);
  });
  test("[U4] threads that leave a loop at different turns do not meet in it, also before the place where they leave", () => {
    const differing: Statement = { kind: "leaveUnless", condition: less(name("tid")) };
    expect(refused(turns(name("n"), barrier, differing))).toBe(true);
    expect(refused(turns(name("n"), barrier, { kind: "leaveUnless", condition: less(name("n")) }))).toBe(
      false,
    );
    const inner = turns(name("n"), differing);
    expect(refused(turns(name("n"), barrier, inner))).toBe(false);
    const branch = when(less(name("tid")), { kind: "leaveUnless", condition: less(name("n")) });
    expect(refused(turns(name("n"), barrier, branch))).toBe(true);
    expect(refused(turns(name("tid"), barrier))).toBe(true);
    // All have left the loop when it is behind them.
    expect(refused(turns(name("n"), differing), barrier)).toBe(false);
  });

  test("[U5] a variable differs once something that differs was put into it, or where threads have parted", () => {
    const branch = when(less(variable), barrier);
    expect(refused(put(name("n")), branch)).toBe(false);
    expect(refused(put(name("tid")), branch)).toBe(true);
    expect(refused(when(less(name("tid")), put(name("n"))), branch)).toBe(true);
    // What a turn puts there, the next one reads.
    expect(refused(turns(name("n"), branch, put(name("tid"))))).toBe(true);
    expect(refused(turns(name("n"), branch, put(name("n"))))).toBe(false);
  });

  test("[U6] what an atomic gives differs; what threads have agreed on does not", () => {
    const change: Statement = {
      kind: "atomic",
      name: "old",
      type: i32,
      op: "add",
      memory: "readwrite",
      index: name("n"),
      value: name("n"),
    };
    expect(refused(change, when(less(name("old")), barrier))).toBe(true);
    const agree: Statement = { kind: "agree", name: "known", type: i32, memory: "workgroup" };
    expect(refused(agree, when(less(name("known")), barrier))).toBe(false);
    expect(refused(when(less(name("tid")), agree))).toBe(true);
    expect(refused(when(less(name("tid")), { kind: "conclude" }))).toBe(true);
    const sum: Statement = { kind: "let", name: "sum", value: add(name("known"), name("old")) };
    expect(refused(change, agree, sum, when(less(name("sum")), barrier))).toBe(true);
  });

  test("[U9] threads hear each other only where all of them come by, and what they hear differs", () => {
    const hear: Statement = define("heard", { kind: "shuffle", type: i32, input: name("n"), bit: 1 });
    const told: Statement = define("heard", { kind: "broadcast", type: i32, input: name("n"), from: 1 });
    for (const heard of [hear, told]) {
      expect(refused(heard)).toBe(false);
      expect(refused(when(less(name("n")), heard))).toBe(false);
      expect(refused(when(less(name("tid")), heard))).toBe(true);
      expect(refused(turns(name("tid"), heard))).toBe(true);
      expect(refused(heard, when(less(name("heard")), barrier))).toBe(true);
    }
  });

  test.each(Array.from({ length: 100 }, (_, seed) => seed))(
    "[U3] random kernel %i, after each pass",
    (seed) => {
      const { kernel } = soundKernel(seed);
      const tiles = tilePasses.reduce((before, pass) => pass.run(before), kernel);
      let kept = lowerToThreads(tiles, target);
      for (const pass of threadPasses) {
        kept = pass.run(kept, target);
        const after = kept;
        expect(() => verifyUniform(after)).not.toThrow();
      }
    },
  );
});
