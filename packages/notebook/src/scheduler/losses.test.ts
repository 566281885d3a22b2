import { describe, expect, test } from "vitest";
import { Bench } from "../testing/toy.ts";

describe("names without values", () => {
  const steps = ["const x = 1 const step = 2", "const y = x"];

  test("[L1] a run is told which of its names other cells read; a new reader makes nothing stale", () => {
    const bench = Bench.run(steps);
    bench.do({ type: "insert", at: 2, kind: "ts", text: "step", id: "c" });
    expect(bench.finishAll().ran()).toBe("c");
    bench.do({ type: "run", cell: "a" });
    expect(bench.effects.at(-1)).toMatchObject({ cell: "a", readElsewhere: ["x", "step"] });
    bench.finishAll().do({ type: "delete", cell: "c" }, { type: "run", cell: "a" });
    expect(bench.effects.at(-1)).toMatchObject({ cell: "a", readElsewhere: ["x"] });
  });
  test("[L2] when a name has lost its value, nothing runs until a cell reads it", () => {
    const bench = Bench.run(steps).do({ type: "lostNames", cell: "a", names: ["step"] });
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("a fresh, b fresh");
    bench.do({ type: "insert", at: 2, kind: "ts", text: "step", id: "c" });
    expect(bench.finishAll().ran()).toBe("a c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[L3] a dear cell waits for the person, and goes before its reader", () => {
    const bench = Bench.run(["{run=lazy} const x = 1 const step = 2", "const z = step"]);
    bench.do({ type: "run", cell: "a" }).finishAll();
    bench.effects = [];
    bench.do({ type: "lostNames", cell: "a", names: ["step"] });
    expect(bench.standing).toBe("a stale, b fresh");
    expect(bench.cell("a").cause).toEqual({ kind: "restarted" });
    expect(bench.do({ type: "run", cell: "b" }).finishAll().ran()).toBe("a b");
  });
});
