import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget } from "../program.ts";
import { bodyLines, float, int, loop, name, output, set, threads } from "../testing/threads.ts";
import { guardLoops } from "./guard-loops.ts";
import type { Expr, Statement } from "./ir.ts";
import { turnsAtMost } from "./turns-at-most.ts";

const target = { ...portableTarget, loopTurns: 1000 };
const write = set("y", float(0), int(0));
const kernel = (...body: readonly Statement[]) => ({ ...threads([output("y")], ...body), sites: 2 });

function both(op: "min" | "max" | "add" | "mul" | "idiv", left: Expr, right: Expr): Expr {
  return { kind: "binary", type: { scalar: "i32", width: 1 }, op, left, right };
}

/** Of one loop, where n is 100. */
function turnsOf(from: Expr, to: Expr): number {
  const walk: Statement = { kind: "for", index: "i", from, to, step: 1, body: [write] };
  return turnsAtMost(kernel(walk), new Map([["n", 100]]));
}

describe("loops of devices that cut them", () => {
  test("[G1] after each loop thread 0 looks whether the next turn would be behind the bound", () => {
    const guarded = guardLoops(kernel(loop("i", name("n"), loop("j", int(9), write))), target);
    expect(bodyLines({ ...guarded, memories: [] })).toEqual([
      "next_i := 0",
      "for i in 0 .. n by 1",
      "  next_i := add(i, 1)",
      "  next_j := 0",
      "  for j in 0 .. 9 by 1",
      "    next_j := add(j, 1)",
      "    y[0] := 0",
      "  if and(eq(tid, 0), lt(next_j, 9))",
      "    fail 3: 0, 0",
      "if and(eq(tid, 0), lt(next_i, n))",
      "  fail 2: 0, 0",
      "conclude",
    ]);
    expect(guarded).toMatchObject({ speaks: true, asserts: true });
    expect(guarded.memories.map((memory) => memory.name)).toEqual(["y", "next_i", "next_j"]);
  });

  test("[G2] a loop that is left is not cut", () => {
    const leave: Statement = {
      kind: "leaveUnless",
      condition: { kind: "const", type: { scalar: "bool", width: 1 }, value: 1 },
    };
    const guarded = guardLoops(kernel(loop("i", name("n"), leave, write)), target);
    expect(bodyLines({ ...guarded, memories: [] }).slice(2, 5)).toEqual([
      "  next_i := add(i, 1)",
      "  next_i := select(1, next_i, 2147483647)",
      "  leave unless 1",
    ]);
  });

  test("[G3] loops that are known to be short, and other devices, need none of it", () => {
    const short = kernel(loop("i", int(30), loop("j", int(30), write)));
    expect(guardLoops(short, target)).toBe(short);
    const long = kernel(loop("i", int(40), loop("j", int(40), write)));
    expect(guardLoops(long, target)).not.toBe(long);
    expect(guardLoops(long, portableTarget)).toBe(long);
    expect(guardLoops(long, { ...target, storageBuffers: 1 })).toBe(long);
  });

  test("[G5] a bound that is the least of several is no greater than the one that is known", () => {
    const unknown = name("program");
    expect(turnsOf(int(0), both("min", name("n"), unknown))).toBe(101);
    expect(turnsOf(both("max", int(20), unknown), name("n"))).toBe(81);
    const aligned = both(
      "mul",
      both("idiv", both("max", both("min", unknown, name("n")), int(0)), int(16)),
      int(16),
    );
    expect(turnsOf(aligned, name("n"))).toBe(101);
    expect(turnsOf(int(0), unknown)).toBe(Infinity);
    expect(turnsOf(unknown, name("n"))).toBe(Infinity);
    expect(turnsOf(int(0), both("add", unknown, int(1)))).toBe(Infinity);
  });

  test("[G4] each loop is a site behind the prints and asserts; random kernels stay valid", () => {
    let watched = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { kernel: tiles } = soundKernel(seed);
      const plain = compileKernel(tiles, portableTarget);
      const compiled = compileKernel(tiles, { ...portableTarget, loopTurns: 1 });
      expect(compiled.sites.slice(0, plain.sites.length)).toEqual(plain.sites);
      const added = compiled.sites.slice(plain.sites.length);
      expect(added.every(({ kind, turns }) => kind === "assert" && turns === true)).toBe(true);
      watched += added.length;
    }
    expect(watched).toBeGreaterThan(40);
  });
});
