import { describe, expect, test } from "vitest";
import {
  functions,
  type Kernel,
  probeBarrier,
  probeCopy,
  probeEmpty,
  probeFma,
  probeFmas,
  probeLoop,
  probeNumbering,
  probeStride,
} from "./index.ts";

const catalogue: readonly Kernel<never>[] = [
  ...probeFmas,
  probeCopy,
  probeStride,
  probeLoop,
  probeNumbering,
  probeEmpty,
  probeBarrier,
];

describe("the catalogue", () => {
  test("[K1] every kernel starts with a head that names it, and tells its grid and method", () => {
    for (const { name, source } of catalogue) {
      expect(source.startsWith(`// ${name}:`)).toBe(true);
      for (const word of ["grid:", "method:"]) expect(source).toContain(word);
    }
  });

  test("[K2] bindings and scalars stand in the text as the catalogue says", () => {
    for (const { source, bindings, scalars, threads } of catalogue) {
      bindings.forEach(({ name, access }, at) =>
        expect(source).toContain(
          `@group(0) @binding(${at}) var<storage, ${access === "read" ? "read" : "read_write"}> ${name}:`,
        ),
      );
      expect(source).toContain(`@group(0) @binding(${bindings.length}) var<uniform> launch: Launch;`);
      for (const scalar of scalars) expect(source).toMatch(new RegExp(`count: u32, .*${scalar}: u32`, "u"));
      expect(source).toContain(`override THREADS: u32 = ${threads};`);
    }
  });

  test("[K5] a thread of each shape of multiply-adds does the same work", () => {
    const work = probeFma.flops({ threads: 1 });
    expect(probeFma.source).toContain(`const WORK = ${work}u;`);
    const bodies = probeFma.source.split("@compute").slice(1);
    expect(bodies).toHaveLength(probeFmas.length);
    for (const body of bodies) {
      const turns = work / Number(/turn < WORK \/ (\d+)u;/.exec(body)?.[1]);
      const steps = body.match(/^ {4}\w = .*$/gm) ?? [];
      const width = body.includes("vec4f(FACTOR)") ? 4 : 1;
      expect(2 * steps.length * width * turns).toBe(work);
    }
  });

  test("[K4] entry points stand in the text", () => {
    for (const { source, entry = "main" } of catalogue) expect(source).toContain(`fn ${entry}(`);
    expect(new Set(probeFmas.map(({ entry }) => entry)).size).toBe(probeFmas.length);
  });

  test("[K3] grids cover the work", () => {
    expect(probeCopy.programs({ n: 1025 })).toBe(2);
    expect(probeFma.programs({ threads: 257 })).toBe(2);
  });

  test("[K6] a function's file has a head that begins with its name, and one function, of that name", () => {
    for (const [name, { source, uses }] of Object.entries(functions)) {
      expect(source.startsWith(`// ${name}: `)).toBe(true);
      expect([...source.matchAll(/^fn (\w+)/gmu)].map(([, found]) => found)).toEqual([name]);
      for (const used of uses) expect(source).toContain(`${used}(`);
    }
  });
});
