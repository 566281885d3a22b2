import { describe, expect, test } from "vitest";
import { chain } from "../testing/examples.ts";
import { Bench } from "../testing/toy.ts";

describe("names", () => {
  test("[N1] a name defined twice blocks both cells and their readers, at the place of the name", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "const w = 1"]).edit(
      "c",
      "const w = 1\nconst x = 2",
    );
    expect(bench.standing).toBe("a blocked, b blocked, c blocked");
    expect(bench.cell("c").fault).toMatchObject({
      code: "name/duplicate",
      message: 'x is also defined in cell "a"',
      span: { source: "c", start: 18, end: 19 },
    });
    expect(bench.cell("a").fault).toMatchObject({
      code: "name/duplicate",
      message: 'x is also defined in cell "c"',
    });
    expect(bench.cell("b").fault).toMatchObject({ code: "name/upstream", cause: { code: "name/duplicate" } });
  });
  test("[N2] when one of them goes, the other is fresh as it was", () => {
    const bench = Bench.run(chain, 1000);
    bench.do({ type: "insert", at: 0, kind: "ts", text: "const x = 5", id: "n" });
    expect(bench.standing).toBe("n blocked, a blocked, b blocked, c blocked");
    bench.do({ type: "delete", cell: "n" });
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[N3] a circle blocks its cells with the way around, and what reads from it", () => {
    const bench = Bench.run([
      "const x = z",
      "const y = x",
      "const z = y",
      "const after = z",
      "const free = 1",
    ]);
    expect(bench.standing).toBe("a blocked, b blocked, c blocked, d blocked, e fresh");
    expect(bench.cell("a").fault).toMatchObject({
      code: "name/cycle",
      message: "this cell waits for itself: x needs z needs y needs x",
      span: { source: "a", start: 10, end: 11 },
    });
    expect(bench.cell("d").fault).toMatchObject({ code: "name/upstream", cause: { code: "name/cycle" } });
  });
  test("[N4] what stands behind a circle is blocked in whatever order it is written", () => {
    const bench = Bench.run(["const d = c", "const c = a", "const a = b", "const b = a"]);
    expect(bench.standing).toBe("a blocked, b blocked, c blocked, d blocked");
  });
  test.each([
    ["exq", /exp, of the tile language/],
    ["program_id", /programId, of the tile language/],
    ["document", /cells have no page/],
    ["fetch", /cells have no network/],
    ["print", /display\(value\)/],
    ["tl", /stand alone/],
    ["np", /stand alone here.*tensor.zeros/],
    ["plt", /mark.line/],
    ["len", /list.length/],
    ["math", /Math.PI/],
    ["indexedDB", /cells have no storage/],
  ])("[N5b] %s has a hint that fits", (name, hint) => {
    expect(Bench.run([`const y = ${name}`]).cell("a").fault?.hint).toMatch(hint);
  });
  test("[N5] a missing name is faulted at its use, with the nearest name", () => {
    const bench = Bench.run(["const learningRate = 1", "const y = learningrate + 1"]);
    expect(bench.cell("b").fault).toMatchObject({
      code: "name/missing",
      message: "learningrate is not defined in this notebook",
      span: { source: "b", start: 10, end: 22 },
      hint: 'did you mean learningRate, from cell "a"?',
    });
    expect(Bench.run(["const q = wholly"]).cell("a").fault?.hint).toBe(
      "define it in a cell, for example: const wholly = 1",
    );
  });
  test("[N6] a syntax error fails the cell; its readers wait for it instead of missing its names", () => {
    const bench = Bench.run(chain, 1000).edit("a", "const x = @");
    expect(bench.standing).toBe("a failed, b blocked, c blocked");
    expect(bench.cell("a").fault).toMatchObject({ code: "syntax/toy", span: { start: 10 } });
    expect(bench.cell("b").fault).toMatchObject({ code: "name/upstream", cause: { code: "syntax/toy" } });
    expect(bench.edit("a", "const x = 1").standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[N7] a name that a broken cell may define says so", () => {
    const bench = Bench.run(["const x = @", "const y = x"]);
    expect(bench.cell("b").fault?.hint).toBe('cell "a" has a syntax error and may define it');
  });
  test("[N8] a failure reaches all that waits for it, with the first cause", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").fail("boom");
    expect(bench.standing).toBe("a failed, b blocked, c blocked");
    expect(bench.cell("c").fault).toMatchObject({
      code: "name/upstream",
      message: 'waiting for y: cell "b" is waiting too',
      span: { source: "c", start: 10, end: 11 },
      cause: { code: "runtime/error", message: "boom" },
    });
    expect(bench.ran()).toBe("a");
  });
  test("[N9] a cell without an id is named by its place", () => {
    const bench = Bench.run(["const x = 1"]);
    bench.do(
      { type: "insert", at: 0, kind: "prose", text: "p" },
      { type: "insert", at: 1, kind: "ts", text: "const x = 2" },
    );
    expect(bench.cell("a").fault?.message).toBe("x is also defined in cell 2");
  });
  test("[N10] the place of a failed run's fault moves with edits that change nothing", () => {
    const bench = new Bench(["const x = y1", "const y1 = 1"]).do({ type: "trust" }).finish();
    const span = { source: "a", start: 10, end: 12 };
    bench.do({ type: "failed", run: bench.running(), fault: { code: "runtime/error", message: "m", span } });
    expect(bench.edit("a", "// note\nconst x = y1").cell("a").fault?.span).toEqual({
      source: "a",
      start: 18,
      end: 20,
    });
    expect(bench.edit("a", "const x = y1 // end").cell("a").fault?.span).toEqual(span);
  });
});
