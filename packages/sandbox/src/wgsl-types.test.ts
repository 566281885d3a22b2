import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tensorTypes } from "@tilebook/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { analyzeWgsl } from "./wgsl-cell.ts";
import { wgslTypes } from "./wgsl-types.ts";

const folder = mkdtempSync(join(tmpdir(), "tilebook-wgsl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const filters = `override RADIUS: u32 = 2;
override DARK = true;
override SIDE: u32;
struct Params { width: u32, at: vec2f, turn: mat2x2f }
@group(0) @binding(0) var<storage, read> x: array<f32>; // */ declare const gone: 1;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> mask: array<u32>;
@compute @workgroup_size(SIDE) fn blur(@builtin(global_invocation_id) id: vec3u) {
  if (DARK) { y[id.x] = x[id.x * RADIUS] + f32(params.width); }
}
@compute @workgroup_size(64) fn edges(@builtin(global_invocation_id) id: vec3u) {
  mask[id.x] = u32(x[id.x] > 0.5); y[id.x] = 0.0;
}`;
const scale = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = 1.0; }`;

/** What the page knows beside them, as far as it is named in them. */
const browserTypes = "declare class AbortSignal { readonly aborted: boolean }\n";

/** What TypeScript says about a cell that calls these kernels, line by line. */
function complaints(cell: string): readonly string[] {
  const types = wgslTypes([
    { id: "filters", text: filters },
    { id: "scale", text: scale },
  ]);
  writeFileSync(join(folder, "cell.d.ts"), `${browserTypes}${tensorTypes}\n${types}`);
  writeFileSync(
    join(folder, "cell.ts"),
    `export {};\ndeclare const image: Tensor;\nconst params = { width: 4, at: [1, 2], turn: [[1, 0], [0, 1]] } as const;\n${cell}`,
  );
  const tsc = join(resolve(import.meta.dirname, "../../.."), "node_modules/.bin/tsc");
  const flags = "--noEmit --strict --target esnext --lib esnext --module esnext --types".split(" ");
  try {
    execFileSync(tsc, [...flags, "", "cell.d.ts", "cell.ts"], { cwd: folder, encoding: "utf8" });
    return [];
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
      .split("\n")
      .filter((line) => line.includes("error TS"));
  }
}

describe("the types of WGSL cells", () => {
  test("[WT1] right calls have none to complain about; results have the types of what is written", () => {
    const cell = `
      const { blur, edges } = filters;
      const y: Tensor = await blur(4, { x: image, y: out(64), params, SIDE: 8 });
      await blur([4, 4], { x: image, y: out(64), params: image, SIDE: 8, RADIUS: 3, DARK: false });
      const both = await edges(1, { x: y, y: out(64), mask: out(64, "u32") });
      const mask: Tensor = both.mask;
      const one: Tensor = await scale.launch(1, { y: out(1) });
      const same: Tensor = await scale.main(1, { y: out(1) });
      const name: string = filters.name;`;
    expect(complaints(cell)).toEqual([]);
  });

  test.each([
    [
      "a buffer it does not have",
      "await filters.edges(1, { x: image, y: out(1), mask: out(1), z: image });",
      "'z'",
    ],
    ["one left out", "await filters.edges(1, { x: image, y: out(1) });", "'mask'"],
    ["a tensor for what it writes", "await scale.launch(1, { y: image });", "'Out'"],
    [
      "an override left out that needs a value",
      "await filters.blur(1, { x: image, y: out(1), params });",
      "'SIDE'",
    ],
    [
      "a member left out",
      "await filters.blur(1, { x: image, y: out(1), params: { width: 1 }, SIDE: 1 });",
      "width",
    ],
    ["a text for a number", 'await filters.blur(1, { x: image, y: out(1), params, SIDE: "8" });', "'number'"],
    ["launch, where there are two", "await filters.launch(1, { x: image });", "'launch'"],
    ["an entry point it does not have", "await filters.sharpen(1, {});", "'sharpen'"],
  ])("[WT2] %s is an error in the calling cell", (_, cell, named) => {
    const [found, ...more] = complaints(cell);
    expect(found).toContain(named);
    expect(more).toEqual([]);
  });

  test("[WT3] hovers tell access, type and workgroup", () => {
    const types = wgslTypes([{ id: "filters", text: filters }]);
    expect(types).toContain("Runs `edges` over a grid of workgroups of 64 x 1 x 1 threads.");
    expect(types).toContain("/** `var<storage, read_write> mask: array<u32>` */");
    expect(types).toContain("/** `override RADIUS: u32 = 2` */");
    expect(types).not.toContain("declare const gone");
  });
});

describe("a WGSL cell's analysis", () => {
  test("[WT4] what cannot be admitted is a fault at its place; the name stays", () => {
    const text = scale.replace("y[0] = 1.0", "loop { y[0] = ; ");
    const { faults, defines } = analyzeWgsl({ id: "scale", text });
    expect(defines.map(({ name }) => name)).toEqual(["scale"]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.code).toBe("admission/syntax");
    expect(faults[0]?.span?.source).toBe("scale");
    expect(analyzeWgsl({ id: "scale", text: scale }).faults).toEqual([]);
  });
});
