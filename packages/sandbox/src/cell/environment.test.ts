import { describe, expect, test } from "vitest";
import { type CellValues, Environment } from "./environment.ts";

function values(run: number, names: Readonly<Record<string, unknown>>, left: string[] = []): CellValues {
  const leave = (): unknown => left.push(`run ${run}`);
  const supersede = (): unknown => left.push(`cell of run ${run} runs again`);
  return { run, values: new Map(Object.entries(names)), shown: [], leave, supersede };
}

describe("the environment", () => {
  test("[V1] gives the names that cells defined, and only those asked for", () => {
    const all = new Environment();
    all.land("a", values(1, { x: 1, y: undefined }));
    all.land("b", values(2, { z: 3 }));
    expect([...all.lookUp(["x", "y", "nobody"])]).toEqual([
      ["x", 1],
      ["y", undefined],
    ]);
  });

  test("[V2] old values leave after the new ones are there", () => {
    const all = new Environment();
    const seen: unknown[] = [];
    all.land("a", { ...values(1, { x: 1 }), leave: () => seen.push(all.lookUp(["x"]).get("x")) });
    all.land("a", values(2, { x: 2 }));
    expect(seen).toEqual([2]);
  });

  test("[V3] a forgotten cell's names are gone and its values leave once", () => {
    const all = new Environment();
    const left: string[] = [];
    all.land("a", values(1, { x: 1 }, left));
    all.forget("a");
    all.forget("a");
    expect([...all.lookUp(["x"])]).toEqual([]);
    expect(left).toEqual(["run 1"]);
  });

  test("[V4] a generator of an old run cannot change the names of a new one", () => {
    const all = new Environment();
    all.land("a", values(1, { x: 1 }));
    expect(all.update("a", 1, "x", 2)).toBe(true);
    all.land("a", values(2, { x: 10 }));
    expect(all.update("a", 1, "x", 3)).toBe(false);
    expect(all.lookUp(["x"]).get("x")).toBe(10);
  });
});
