import type { Span } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../program.ts";
import {
  add,
  bodyLines,
  define,
  float,
  int,
  loop,
  memoryLines,
  name,
  output,
  read,
  registers,
  set,
  shared,
  threads,
  when,
} from "../testing/threads.ts";
import { legalise } from "../wgsl/legalise.ts";
import { placeBarriers } from "./barriers.ts";
import { dropDead } from "./dead.ts";
import { inlineOnce } from "./inline.ts";
import { planWorkgroupMemory, workgroupBytes } from "./plan.ts";
import { scalarise } from "./scalarise.ts";

const plan = (kernel: Parameters<typeof planWorkgroupMemory>[0]) =>
  planWorkgroupMemory(kernel, portableTarget);

describe("drop dead statements", () => {
  test("[D1] lets nobody reads go, with what only they read", () => {
    const kernel = threads(
      [output("y")],
      define("a", int(1)),
      define("b", add(name("a"), int(2))),
      set("y", float(0), int(0)),
    );
    expect(bodyLines(dropDead(kernel))).toEqual(["y[0] := 0"]);
  });
  test("[D2] registers that only feed themselves stay, those nobody reads go, and so do empty loops", () => {
    const kernel = threads(
      [output("y"), registers("r")],
      loop("i", int(4), set("r", float(1))),
      set("y", float(0), int(0)),
    );
    const result = dropDead(kernel);
    expect(bodyLines(result)).toEqual(["y[0] := 0"]);
    expect(result.memories.map((memory) => memory.name)).toEqual(["y"]);
  });
});

const from = (start: number): Span => ({ source: "k", start, end: start + 1 });

describe("inline what is used once", () => {
  test("[I1] a let with one reader in its block goes into it; one with two readers stays", () => {
    const kernel = threads(
      [output("y")],
      define("a", add(name("tid"), int(1))),
      define("b", add(name("a"), int(2))),
      define("c", add(name("b"), name("b"))),
      set("y", float(0), name("c")),
    );
    expect(bodyLines(inlineOnce(kernel))).toEqual(["b = add(add(tid, 1), 2)", "y[add(b, b)] := 0"]);
  });
  test("[I2] a read stays before the write that changes it", () => {
    const kernel = threads(
      [output("y"), registers("r")],
      define("a", read("r")),
      set("r", float(2)),
      set("y", { kind: "name", type: { scalar: "f32", width: 1 }, name: "a" }, int(0)),
    );
    expect(bodyLines(inlineOnce(kernel))).toEqual(["a = r", "r := 2", "y[0] := a"]);
  });
  test("[I3] nothing moves into a loop, where it would run more often", () => {
    const kernel = threads(
      [output("y")],
      define("a", add(name("tid"), int(1))),
      loop("i", int(9), set("y", float(0), name("a"))),
    );
    expect(bodyLines(inlineOnce(kernel))[0]).toBe("a = add(tid, 1)");
  });
  test("[I4] a statement knows the pieces of source that went into it, each once", () => {
    const kernel = threads(
      [output("y")],
      { ...define("a", add(name("tid"), int(1))), span: from(1) },
      { ...define("b", add(name("a"), int(2))), span: from(2) },
      { ...define("c", add(name("b"), int(3))), span: from(1) },
      { ...set("y", float(0), name("c")), span: from(3) },
    );
    expect(inlineOnce(kernel).body.map(({ span }) => span)).toEqual([
      { ...from(3), also: [from(1), from(2)] },
    ]);
  });
});

describe("registers instead of arrays", () => {
  test("[S1] an array indexed by constants alone becomes variables; one indexed by a name stays", () => {
    const kernel = threads(
      [registers("a", 2), registers("b", 2)],
      set("a", float(1), int(1)),
      loop("i", int(2), set("b", read("a", int(1)), name("i"))),
    );
    const result = scalarise(kernel);
    expect(bodyLines(result)).toEqual(["a_1 := 1", "for i in 0 .. 2 by 1", "  b[i] := a_1"]);
    expect(memoryLines(result)).toEqual(["function a_0: f32", "function a_1: f32", "function b: f32 x 2"]);
  });
});

describe("plan workgroup memory", () => {
  test("[P1] memories whose lives do not meet share a place, others do not", () => {
    const kernel = threads(
      [shared("a", 100), shared("b", 50), shared("c", 60), output("y")],
      set("a", float(1), int(0)),
      set("b", read("a", int(0)), int(0)),
      set("c", read("b", int(0)), int(0)),
      set("y", read("c", int(0)), int(0)),
    );
    const result = plan(kernel);
    expect(result.memories.slice(0, 3).map((memory) => memory.offset)).toEqual([0, 100, 0]);
    expect(workgroupBytes(result)).toBe(600);
  });
  test("[P2] what a loop reads lives through all of it", () => {
    const kernel = threads(
      [shared("a", 10), shared("b", 10), output("y")],
      set("a", float(1), int(0)),
      loop(
        "i",
        int(3),
        set("y", read("a", int(0)), int(0)),
        set("b", float(2), int(0)),
        set("y", read("b", int(0)), int(0)),
      ),
    );
    expect(plan(kernel).memories[1]?.offset).toBe(10);
  });
  test("[P4] what is touched in one branch that some threads skip has a place each: no barrier stands between", () => {
    const [write, use] = [set("b", float(2), name("rank")), set("r", read("a", int(0)))];
    const placed = (uniform: boolean) =>
      plan(
        threads(
          [shared("a", 8), shared("b", 8), registers("r")],
          set("a", float(1), name("tid")),
          when(name("first"), uniform, use, write),
          set("r", read("b", int(0))),
        ),
      ).memories[1]?.offset;
    expect([placed(false), placed(true)]).toEqual([8, 0]);
  });
  test("[P3] too much is a fault that names who uses it", () => {
    const kernel = threads(
      [shared("big", 5000), output("y")],
      set("big", float(1), int(0)),
      set("y", read("big", int(0)), int(0)),
    );
    expect(() => plan(kernel)).toThrow(
      expect.objectContaining({
        code: "compile/workgroup-memory",
        message: expect.stringContaining("tile big (20000 bytes)"),
      }),
    );
  });
});

describe("place barriers", () => {
  test("[B1] between a write and a read, and between that read and the next write", () => {
    const kernel = plan(
      threads(
        [shared("a", 64), registers("r")],
        loop("i", name("n"), set("a", float(1), name("tid")), set("r", read("a", int(0)))),
      ),
    );
    expect(bodyLines(placeBarriers(kernel))).toEqual([
      "for i in 0 .. n by 1",
      "  barrier workgroup",
      "  a[tid] := 1",
      "  barrier workgroup",
      "  r := a[0]",
    ]);
  });
  test("[B2] one barrier serves several reads; a branch that some threads skip holds none", () => {
    const kernel = plan(
      threads(
        [shared("a", 64), registers("r")],
        when(name("first"), false, set("a", float(1), name("tid"))),
        set("r", read("a", int(0))),
        set("r", read("a", int(1))),
      ),
    );
    expect(bodyLines(placeBarriers(kernel)).filter((line) => line.includes("barrier"))).toHaveLength(1);
    expect(bodyLines(placeBarriers(kernel))[2]).toBe("barrier workgroup");
  });
  test("[B3] memories that share a place keep out of each other's way", () => {
    const kernel = plan(
      threads(
        [shared("a", 8), shared("b", 8), registers("r")],
        set("a", float(1), name("tid")),
        set("r", read("a", int(0))),
        set("b", float(2), name("tid")),
        set("r", read("b", int(0))),
      ),
    );
    expect(kernel.memories[1]?.offset).toBe(0);
    expect(bodyLines(placeBarriers(kernel)).filter((line) => line.includes("barrier"))).toHaveLength(3);
  });
});

describe("legalise", () => {
  test("[L1] infinities and NaN are no constants of WGSL", () => {
    const kernel = threads(
      [output("y")],
      set("y", float(-Infinity), int(0)),
      set("y", float(Number.NaN), int(1)),
    );
    expect(bodyLines(legalise(kernel))).toEqual(["y[0] := minus_infinity", "y[1] := not_a_number"]);
  });
  test("[L2] of f16 they are made from those of f32", () => {
    const halves = { ...output("y"), dtype: "f16", type: { scalar: "f16", width: 1 } } as const;
    const infinite = { ...float(Infinity), type: halves.type };
    expect(bodyLines(legalise(threads([halves], set("y", infinite, int(0)))))).toEqual([
      "y[0] := f16(infinity)",
    ]);
  });
});
