import { readTile, TileBuilder, type TileKernel } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { launchWork } from "./counts.ts";
import { stagesOf } from "./stages.ts";
import { threadPasses } from "./thread/passes.ts";
import { tilePasses } from "./tile/passes.ts";
import { portableTarget } from "./program.ts";
import { attention, layernorm, matmul, softmaxRow, vectorAdd } from "./testing/kernels.ts";

const kernels: readonly TileKernel[] = [
  vectorAdd(256),
  softmaxRow(1024),
  layernorm(32, 64),
  matmul(64, 64, 16),
  attention(64, 16, 64, 64, true),
  attention(16, 16, 8, 8, true),
];

describe("compileKernel", () => {
  test("[C1] same kernel and target, same text and key; another target may be another text", () => {
    for (const kernel of kernels) {
      const [one, two] = [
        compileKernel(kernel, portableTarget),
        compileKernel(structuredClone(kernel), portableTarget),
      ];
      expect(two.wgsl).toBe(one.wgsl);
      expect(two.key).toBe(one.key);
    }
    const half = vectorAdd(64, "f16");
    const native = compileKernel(half, { ...portableTarget, f16: true });
    expect(native.wgsl).toContain("enable f16;");
    expect(native.key).not.toBe(compileKernel(half, portableTarget).key);
  });

  test("[C2] every line of WGSL has a span when every op has one", () => {
    const text = [
      "kernel k(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>) {",
      "  %2: i32[64] = arange 0 64",
      "  %3: f32[64] = load %x.0[%2]",
      "  %4: f32 = reduce sum %3 axis 0",
      "  %5: f32[64] = broadcast %4",
      "  %6: f32[64] = div %3, %5",
      "  store %y.1[%2], %6",
      "}",
    ].join("\n");
    const compiled = compileKernel(readTile(`${text}\n`, "cell"), portableTarget);
    const lines = compiled.wgsl.trimEnd().split("\n");
    expect(lines.filter((_, place) => compiled.spans[place] === undefined)).toEqual([]);
    const partial = compiled.spans[lines.findIndex((line) => /pool_f32\[.*\] = /.test(line))];
    expect(text.slice(partial?.start, partial?.end)).toContain("reduce sum");
  });

  test("[C3] stages go from Tile IR to WGSL, each with a span for every line", () => {
    for (const kernel of kernels) {
      const { stages, wgsl } = compileKernel(kernel, portableTarget);
      const names = stages.map((stage) => stage.name);
      const passes = [...tilePasses.map(({ name }) => `Tile IR: ${name}`), "Thread IR"];
      const order = ["Tile IR", ...passes, ...threadPasses.map(({ name }) => `Thread IR: ${name}`), "WGSL"];
      expect(names).toEqual(order.filter((name) => names.includes(name)));
      expect(names).toEqual(expect.arrayContaining(["Tile IR", "Thread IR", "WGSL"]));
      // A pass that changed nothing has no text of its own.
      stages.slice(1).forEach(({ text }, at) => expect(text).not.toBe(stages[at]?.text));
      expect(stages.at(-1)?.text).toBe(wgsl);
      for (const { text, spans } of stages)
        expect(spans.length).toBeGreaterThanOrEqual(text.trimEnd().split("\n").length);
    }
  });

  test("[C4] uniforms start with the grid, then the scalars in order; buffers come in order", () => {
    const { uniforms, bindings, uniformBytes } = compileKernel(matmul(16, 16, 16), portableTarget);
    expect(uniforms.map((field) => `${field.name}@${field.offset}`)).toEqual([
      "grid_x@0",
      "grid_y@4",
      "grid_z@8",
      "base@12",
      "count@16",
      "m@20",
      "n@24",
      "k@28",
    ]);
    expect(bindings.map((binding) => `${binding.name} ${binding.access}`)).toEqual([
      "a read",
      "b read",
      "c readwrite",
    ]);
    expect(uniformBytes).toBe(32);
  });

  test("[C5] a kernel stays under 20 KB of WGSL, and rows of attention need no barrier", () => {
    for (const kernel of kernels)
      expect(compileKernel(kernel, portableTarget).wgsl.length).toBeLessThan(20_480);
    const { counts } = compileKernel(attention(64, 16, 64, 16, false), portableTarget);
    expect(counts).toMatchObject({ barriers: 0, workgroupBytes: 0 });
  });

  test("[C6] counts: flops, bytes and turns of loops whose bounds are known", () => {
    const { counts } = compileKernel(matmul(32, 32, 16), portableTarget);
    expect(counts.flops).toBe(2 * 32 * 32 * 16 + 32 * 32);
    expect(counts.bytesRead).toBe(4 * 2 * 32 * 16);
    expect(counts.bytesWritten).toBe(4 * 32 * 32);
  });

  test("[C13] the work of a launch follows its numbers: turns of loops, also where programs differ", () => {
    const product = matmul(32, 32, 16);
    const launch = launchWork(product, [4, 2, 1], [64, 128, 100]);
    // ceil(100 / 16) turns of each of the eight programs.
    expect(launch).toEqual({
      flops: 8 * 7 * (2 * 32 * 32 * 16 + 32 * 32),
      bytesRead: 8 * 7 * 4 * 2 * 32 * 16,
      bytesWritten: 8 * 4 * 32 * 32,
      exact: true,
    });
    // Program p takes p turns.
    const b = new TileBuilder("triangle");
    const x = b.pointer("x", "f32");
    const lanes = b.arange(0, 4);
    b.forLoop({ lower: b.const(0, "i32"), upper: b.programId(0), step: 1 }, [], () => {
      b.store({ pointer: x, offset: lanes, value: b.load({ pointer: x, offset: lanes }) });
      return [];
    });
    const triangle = b.finish();
    expect(launchWork(triangle, [10, 1, 1], [])).toEqual({
      flops: 0,
      bytesRead: 16 * 45,
      bytesWritten: 16 * 45,
      exact: true,
    });
    const sampled = launchWork(triangle, [1000, 1, 1], []);
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.bytesRead / (16 * 499_500) - 1)).toBeLessThan(0.02);
  });

  test("[C14] bounds that depend on data count as one turn, and the count says so", () => {
    const b = new TileBuilder("data");
    const x = b.pointer("x", "i32");
    const upper = b.load({ pointer: x, offset: b.const(0, "i32") });
    b.forLoop({ lower: b.const(0, "i32"), upper, step: 1 }, [], () => {
      b.store({ pointer: x, offset: b.const(0, "i32"), value: upper });
      return [];
    });
    expect(launchWork(b.finish(), [3, 1, 1], [])).toEqual({
      flops: 0,
      bytesRead: 12,
      bytesWritten: 12,
      exact: false,
    });
  });

  test("[C15] passes that changed nothing are named with the text they left alone", () => {
    for (const kernel of kernels) {
      const { stages } = compileKernel(kernel, portableTarget);
      const passes = stages.flatMap(({ name, quiet }) => [name.split(": ")[1] ?? "", ...quiet]);
      const all = [...tilePasses, ...threadPasses].map(({ name }) => name);
      expect(passes.filter((name) => name !== "")).toEqual(all);
    }
  });

  test("[C16] a kernel that does not compile still shows how far it came", () => {
    const b = new TileBuilder("greedy");
    const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "i32")];
    const lanes = b.arange(0, 8192);
    b.store({
      pointer: y,
      offset: lanes,
      value: b.argsort(b.load({ pointer: x, offset: lanes }), { axis: 0 }),
    });
    const kernel = b.finish();
    expect(() => compileKernel(kernel, portableTarget)).toThrow(
      expect.objectContaining({ code: "compile/workgroup-memory" }),
    );
    const names = stagesOf(kernel, portableTarget).map(({ name }) => name);
    expect(names).toContain("Tile IR");
    expect(names).not.toContain("WGSL");
  });

  test("[C7] more buffers than the device binds are a fault with a hint", () => {
    const b = new TileBuilder("wide");
    for (let place = 0; place < 9; place++)
      b.store({
        pointer: b.pointer(`p${place}`, "f32"),
        offset: b.const(0, "i32"),
        value: b.const(1, "f32"),
      });
    expect(() => compileKernel(b.finish(), portableTarget)).toThrow(
      expect.objectContaining({ code: "compile/buffers", hint: expect.stringContaining("split") }),
    );
  });

  test("[C8] names of WGSL's own, of JavaScript's and none at all do no harm", () => {
    const b = new TileBuilder("fn");
    const [x, y] = [b.pointer("var", "f32"), b.pointer("größe$", "f32")];
    const n = b.scalar("_", "i32");
    const lanes = b.arange(0, 32, { label: "struct" });
    const mask = b.binary("lt", lanes, b.broadcast(n, [32]), { label: "__x" });
    const value = b.load({ pointer: x, offset: lanes, mask }, { label: "f32" });
    b.store({ pointer: y, offset: lanes, value: b.binary("add", value, value, { label: "main" }), mask });
    const { wgsl } = compileKernel(b.finish(), portableTarget);
    for (const [, declared] of wgsl.matchAll(/(?:let|var(?:<[^>]*>)?) ([^\s:=]+)/g))
      expect(declared).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
  });

  test("[C10] a loop's bound stands in parentheses where WGSL wants them", () => {
    const text = [
      "kernel k(%x.0: ptr<i32, write>, %n.1: i32) {",
      "  %2: i32 = const 3",
      "  %3: i32 = and %n.1, %2",
      "  %4: i32 = const 0",
      "  for %i.5 = %4 to %3 step 1 {",
      "    store %x.0[%4], %i.5",
      "  }",
      "}",
    ].join("\n");
    const { wgsl } = compileKernel(readTile(`${text}\n`, "cell"), portableTarget);
    expect(wgsl).toMatch(/< \(n_\d+ & 3i\);/);
  });

  test("[C12] bits of constants are constants, so that a division by zero is seen before WGSL refuses it", () => {
    const text = [
      "kernel k(%x.0: ptr<u32, write>, %n.1: u32) {",
      "  %2: i32 = const 0",
      "  %3: u32 = bitcast %2",
      "  %4: u32 = idiv %n.1, %3",
      "  %5: f32 = const 1",
      "  %6: u32 = bitcast %5",
      "  %7: u32 = add %4, %6",
      "  store %x.0[%2], %7",
      "}",
    ].join("\n");
    const { wgsl } = compileKernel(readTile(`${text}\n`, "cell"), portableTarget);
    expect(wgsl).toContain("= n_2 + 1065353216u;");
  });

  test("[C11] so does what a cas expects", () => {
    const text = [
      "kernel k(%x.0: ptr<i32, readwrite>) {",
      "  %1: i32[8] = arange 0 8",
      "  %2: i32 = const 3",
      "  %3: i32[8] = broadcast %2",
      "  %4: i32[8] = and %1, %3",
      "  %5: i32[8] = atomic cas %x.0[%1], %1, compare %4",
      "}",
    ].join("\n");
    const { wgsl } = compileKernel(readTile(`${text}\n`, "cell"), portableTarget);
    expect(wgsl).toMatch(/_now != \([^()]* & 3i\)\)/);
  });

  test("[C9] a dot in a sum accumulates in place, and a masked load of what is always inside has no select", () => {
    const { wgsl } = compileKernel(matmul(32, 32, 16), portableTarget);
    const compiled = compileKernel(vectorAddWithoutMask(), portableTarget);
    expect(compiled.wgsl).not.toContain("select");
    expect(wgsl.match(/var dot_/g)).toBeNull();
  });
});

/** Its mask is true for every lane. */
function vectorAddWithoutMask(): TileKernel {
  const b = new TileBuilder("inside");
  const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
  const lanes = b.arange(0, 64);
  const mask = b.binary("lt", lanes, b.full([64], 64, "i32"));
  b.store({ pointer: y, offset: lanes, value: b.load({ pointer: x, offset: lanes, mask }), mask });
  return b.finish();
}
