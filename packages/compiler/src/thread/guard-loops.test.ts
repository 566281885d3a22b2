import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget } from "../program.ts";
import { bodyLines, float, int, loop, name, output, set, threads } from "../testing/threads.ts";
import { guardLoops } from "./guard-loops.ts";
import type { Statement } from "./ir.ts";

const target = { ...portableTarget, loopTurns: 1000 };
const write = set("y", float(0), int(0));
const kernel = (...body: readonly Statement[]) => ({ ...threads([output("y")], ...body), sites: 2 });

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
