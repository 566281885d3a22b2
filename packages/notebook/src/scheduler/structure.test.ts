import { describe, expect, test } from "vitest";
import type { Op } from "../state.ts";
import { chain } from "../testing/examples.ts";
import { Bench } from "../testing/toy.ts";

describe("structure", () => {
  test("[E1] what changes the file saves it, and nothing else does", () => {
    const bench = Bench.run(chain);
    const saves = (...ops: readonly Op[]): number => {
      bench.effects = [];
      return bench
        .do(...ops)
        .finishAll()
        .effects.filter(({ type }) => type === "save").length;
    };
    expect(saves({ type: "edit", cell: "a", text: "const x = 2" })).toBe(1);
    expect(saves({ type: "edit", cell: "a", text: "const x = 2" })).toBe(0);
    expect(saves({ type: "insert", at: 0, kind: "prose", text: "" })).toBe(1);
    expect(saves({ type: "move", cell: "a", to: 0 })).toBe(1);
    expect(saves({ type: "move", cell: "a", to: 0 })).toBe(0);
    expect(saves({ type: "attributes", cell: "a", attributes: { hidden: true, rest: [] } })).toBe(1);
    expect(saves({ type: "attributes", cell: "a", attributes: { hidden: true, rest: [] } })).toBe(0);
    expect(saves({ type: "title", title: "New" })).toBe(1);
    expect(saves({ type: "convert", cell: "c", kind: "prose" })).toBe(1);
    expect(saves({ type: "delete", cell: "c" })).toBe(1);
    expect(
      saves(
        { type: "run", cell: "a" },
        { type: "input", cell: "a", name: "n", value: 1 },
        { type: "runAll" },
      ),
    ).toBe(0);
  });
  test("[E2] inserted cells get ids that nobody has", () => {
    const bench = Bench.run(["const x = 1"]);
    for (let count = 0; count < 5; count++) bench.do({ type: "insert", at: 99, kind: "prose", text: "" });
    bench.do(
      { type: "insert", at: 0, kind: "ts", text: "", id: "a" },
      { type: "insert", at: 0, kind: "ts", text: "", id: "not fit" },
    );
    const ids = bench.notebook.cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(8);
    expect(bench.notebook.cells.filter(({ named }) => named).map(({ id }) => id)).toEqual(["a"]);
  });
  test("[E3] converting to prose lets the values go; converting back runs a cheap cell again", () => {
    const bench = Bench.run(["const x = 1", "const y = x"]).do({ type: "convert", cell: "a", kind: "prose" });
    expect(bench.effects).toContainEqual({ type: "forget", cell: "a" });
    expect(bench.standing).toBe("a never, b blocked");
    bench.do({ type: "convert", cell: "a", kind: "ts" }).finishAll();
    expect(bench.standing).toBe("a fresh, b fresh");
    expect(bench.ran()).toBe("a");
  });
  test("[E4] run=lazy taken away lets a stale cell run", () => {
    const bench = Bench.run(["const x = 1", "{run=lazy} const y = x"]).edit("b", "const y = x + 1");
    bench.do({ type: "attributes", cell: "b", attributes: { hidden: false, rest: [] } });
    expect(bench.finishAll().ran()).toBe("b");
  });
  test("[E5] a title goes into the front matter and keeps the rest of it", () => {
    const bench = new Bench(["1"], "---\nneeds: [shader-f16]\ntitle: Old # note\nodd: yes\n---\n");
    expect(bench.notebook.title).toBe("Old");
    bench.do({ type: "title", title: 'A "new": one' });
    expect(bench.notebook.frontMatter).toBe('needs: [shader-f16]\ntitle: "A \\"new\\": one"\nodd: yes\n');
  });
  test("[E6] attributes that could not be read back are dropped", () => {
    const bench = Bench.run(["const x = 1"]);
    bench.do({
      type: "attributes",
      cell: "a",
      attributes: { hidden: false, rest: ["x=1", "a b", "}", 'q="a b"', "new\nline", ""] },
    });
    expect(bench.cell("a").attributes.rest).toEqual(["x=1", 'q="a b"']);
  });
  test("[E8] a named cell carries its name into the file and has never run; what it gave is let go", () => {
    const bench = Bench.run(["const x = 1", "const y = x"]);
    bench.effects.length = 0;
    bench.do({ type: "name", cell: "a", id: "kernel1" });
    expect(bench.cell("kernel1")).toMatchObject({ named: true, text: "const x = 1", outputs: [] });
    expect(bench.cell("kernel1").analysis?.defines[0]?.span.source).toBe("kernel1");
    expect(bench.effects).toContainEqual({ type: "forget", cell: "a" });
    expect(bench.effects).toContainEqual({ type: "save" });
    const before = bench.notebook;
    bench.do({ type: "name", cell: "b", id: "kernel1" }, { type: "name", cell: "b", id: "1 x" });
    bench.do({ type: "name", cell: "q", id: "free" });
    expect(bench.notebook).toBe(before);
  });
  test("[E7] ops on cells that are gone change nothing", () => {
    const bench = Bench.run(chain);
    const before = bench.notebook;
    bench.do(
      { type: "edit", cell: "q", text: "" },
      { type: "delete", cell: "q" },
      { type: "move", cell: "q", to: 0 },
    );
    bench.do(
      { type: "convert", cell: "q", kind: "prose" },
      { type: "run", cell: "q" },
      { type: "input", cell: "q", name: "n", value: 1 },
    );
    expect(bench.notebook).toBe(before);
  });
});
