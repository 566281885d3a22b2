import { describe, expect, test } from "vitest";
import { Bench } from "./toy.ts";

const chain = ["const x = 1", "const y = x", "const z = y"];

describe("trust", () => {
  test("[T1] nothing runs before trust, whatever is asked", () => {
    const bench = new Bench(chain);
    bench.do({ type: "run", cell: "a" }, { type: "runAll" }, { type: "runStale" });
    bench
      .edit("a", "const x = 2")
      .do({ type: "input", cell: "a", name: "n", value: 1 }, { type: "lost", cells: ["a"] });
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("a never, b never, c never");
  });
  test("[T2] trust runs all cells but the lazy ones", () => {
    const bench = new Bench(["const x = await 1", "{run=lazy} const y = x", "const z = kernel"]);
    bench.do({ type: "trust" }).finishAll();
    expect(bench.ran()).toBe("a c");
    expect(bench.standing).toBe("a fresh, b never, c fresh");
  });
});

describe("order", () => {
  test("[O1] readers run after what they read, ties in document order, one at a time", () => {
    const bench = new Bench(["const a1 = c1", "const b1 = 1", "const c1 = 2", "const d1 = 3"]);
    bench.do({ type: "trust" });
    expect(bench.standing).toBe("a queued, b running, c queued, d queued");
    bench.finishAll();
    expect(bench.ran()).toBe("b c a d");
  });
});

describe("staleness", () => {
  test("[S1] an edit runs the cell and its readers, and no others", () => {
    const bench = Bench.run([...chain, "const other = 1"]);
    expect(bench.edit("a", "const x = 2").finishAll().ran()).toBe("a b c");
  });
});
