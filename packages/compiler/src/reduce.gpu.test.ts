// Reductions whose threads hand each other their parts through subgroups, through workgroup memory, and through both.
import { runTileKernel } from "@tilebook/interp";
import { type TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { type CompiledKernel, portableTarget, type Schedule, type Target } from "./program.ts";
import { runCompiled } from "./testing/gpu.ts";

/** Four threads of a subgroup, as on SwiftShader. */
const target: Target = { ...portableTarget, subgroup: 4 };

function kernelOf(text: string): TileKernel {
  return lowerKernel({ source: "cell", text: `const k = kernel(${text});`, kernel: "k0", captured: {} });
}

/** Every fold of the rows of a [rows, columns] tile, some of it behind a mask. */
function folds(dtype: string, rows: number, columns: number): TileKernel {
  const names = ["sum", "max", "min", "argmax", "argmin"];
  const stores = names.map(
    (name, at) => `store(y + ${at * rows} + arange(${rows}), ${name}(tile, 1).to("f32"));`,
  );
  return kernelOf(`(x: Ptr<"${dtype}">, y: Ptr, n: i32) => {
    const column = expand(arange(${columns}), 0);
    const tile = load(x + expand(arange(${rows}), 1) * ${columns} + column, column < n);
    ${stores.join("\n")}
  }`);
}

function laid(threads: number, across: number, unroll: number = 16): Schedule {
  return { threads, across, unroll, operands: "own" };
}

/** Small whole numbers, each several times: sums are exact in any order, and the first of equals is asked for. */
function numbers(count: number, dtype: string): readonly number[] {
  return Array.from({ length: count }, (_, at) => ((at * 37) % 23) - (dtype === "u32" ? 0 : 11));
}

async function expectSame(
  kernel: TileKernel,
  launch: { readonly data: readonly (readonly number[])[]; readonly scalars: readonly number[] },
  schedule: Schedule,
): Promise<CompiledKernel> {
  const compiled = compileKernel(kernel, target, { schedule });
  const seen = await runCompiled(compiled, { ...launch, grid: [1, 1, 1] });
  const memory = launch.data.map((values) => Float64Array.from(values));
  runTileKernel(kernel, [1, 1, 1], [...memory, ...launch.scalars]);
  expect(seen.at(-1)).toEqual(Array.from(memory.at(-1) ?? []));
  return compiled;
}

const ways: readonly (readonly [string, number, number, Schedule])[] = [
  ["within a subgroup", 4, 64, laid(16, 4)],
  ["two threads of a subgroup", 8, 16, laid(16, 2)],
  ["several rows a thread", 8, 32, laid(16, 4)],
  ["so many rows a thread that they are walked by a loop", 64, 16, laid(16, 4)],
  ["across subgroups", 2, 256, laid(32, 16)],
  ["many rows across subgroups", 16, 64, laid(8, 8)],
  ["all threads at one row", 1, 1024, laid(64, 64)],
  ["so many groups that they are added up in two steps", 1, 1024, laid(256, 256)],
  ["fewer columns than threads", 2, 4, laid(32, 16)],
];

describe.each(["f32", "f16", "i32", "u32"])("folds of %s", (dtype) => {
  test.each(ways)("[R1] %s: equal to the interpreter", async (_, rows, columns, schedule) => {
    const data = [numbers(rows * columns, dtype), Array.from({ length: 5 * rows }, () => 0)];
    const compiled = await expectSame(
      folds(dtype, rows, columns),
      { data, scalars: [columns - 3] },
      schedule,
    );
    expect(compiled.wgsl).toContain("subgroupShuffleXor");
  });
});

describe("reductions through subgroups", () => {
  test("[R2] need no barrier within a subgroup, and one across", () => {
    const sum = kernelOf(`(x: Ptr, y: Ptr) => {
      store(y + arange(4), sum(load(x + expand(arange(4), 1) * 64 + expand(arange(64), 0)), 1));
    }`);
    expect(compileKernel(sum, target, { schedule: laid(16, 4) }).counts.barriers).toBe(0);
    expect(compileKernel(sum, target, { schedule: laid(32, 8) }).counts.barriers).toBe(1);
  });

  test("[R3] a workgroup that does not fill its subgroups, and a device without them, use workgroup memory", () => {
    const sum = folds("f32", 1, 64);
    expect(compileKernel(sum, target, { schedule: laid(2, 2) }).wgsl).not.toContain("subgroup");
    expect(compileKernel(sum, portableTarget, { schedule: laid(16, 16) }).wgsl).not.toContain("subgroup");
  });

  test("[R4] inside of loops and branches that the program takes together", async () => {
    const kernel = kernelOf(`(x: Ptr, y: Ptr, n: i32) => {
      let total = 0.0;
      for (const turn of range(0, n)) {
        const part = sum(load(x + turn * 64 + arange(64)), 0);
        if (part > 0) total += max(load(x + turn * 64 + arange(64)) * part, 0);
      }
      store(y, total);
    }`);
    const data = [numbers(512, "f32"), [0]];
    for (const schedule of [laid(4, 4), laid(16, 16)])
      await expectSame(kernel, { data, scalars: [8] }, schedule);
  });
});
