// Every way to lay a kernel over threads computes the same, whatever its launch lets the compiler leave out.
import { runTileKernel } from "@tilebook/interp";
import { type LaunchNumbers, type TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { schedulesFor } from "./layout/candidates.ts";
import { portableTarget, type Schedule, type Target } from "./program.ts";
import { specialise } from "./specialise.ts";
import { runCompiled } from "./testing/gpu.ts";
import { normalisedError, randomNumbers } from "./testing/numbers.ts";

const target = { ...portableTarget, subgroup: 4 };

function kernelOf(text: string): TileKernel {
  return lowerKernel({ source: "cell", text: `const k = kernel(${text});`, kernel: "k0", captured: {} });
}

/** SwiftShader takes seconds for longer ones. */
const mostText = 7_000;

interface Launch extends LaunchNumbers {
  readonly grid: readonly [number, number, number];
  /** Numbers in each buffer. */
  readonly lengths: readonly number[];
}

interface Way {
  readonly kernel: TileKernel;
  readonly launch: Launch;
  readonly schedule?: Schedule;
  readonly peeled?: boolean;
  /** The texts that ran this launch already: of many that come to the same, one runs. */
  readonly met: Set<string>;
}

/** Runs the kernel with a schedule and in the interpreter, from the same memory. */
async function expectSame({ kernel, launch, schedule, peeled = false, met }: Way): Promise<void> {
  const { kernel: special, ...known } = specialise(kernel, launch, { peeled });
  const options = schedule === undefined ? known : { ...known, schedule };
  const compiled = compileKernel(special, target, options);
  if (compiled.wgsl.length > mostText || met.has(compiled.wgsl)) return;
  met.add(compiled.wgsl);
  const data = launch.lengths.map((length, at) => randomNumbers(length, at + 1));
  const seen = await runCompiled(compiled, { ...launch, data });
  const memory = data.map((values) => Float64Array.from(values));
  runTileKernel(kernel, launch.grid, [...memory, ...launch.scalars]);
  seen.forEach((values, at) => {
    const error = normalisedError(values, Array.from(memory[at] ?? []));
    const good = error < 1e-12 ? "" : JSON.stringify([schedule, compiled.bindings[at], error]);
    expect(good).toBe("");
  });
}

const softmax = kernelOf(`(x: Ptr, y: Ptr, rows: i32, columns: i32) => {
  const row = programId(0) * 16 + arange(16);
  const at = expand(row, 1) * columns;
  const live = expand(row, 1) < rows;
  let most = full([16], -1e30);
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    most = maximum(most, max(load(x + at + c, live && c < columns, -1e30), 1));
  }
  let total = zeros([16]);
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    const e = exp(load(x + at + c, live && c < columns, -1e30) - expand(most, 1));
    total += sum(e, 1);
    store(y + at + c, e, live && c < columns);
  }
  const scale = expand(1 / total, 1);
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    store(y + at + c, load(y + at + c, live && c < columns) * scale, live && c < columns);
  }
}`);

const productText = `(a: Ptr, b: Ptr, c: Ptr, m: i32, n: i32, k: i32) => {
  const row = expand(programId(1) * 16 + arange(16), 1);
  const column = expand(programId(0) * 32 + arange(32), 0);
  let total = zeros([16, 32]);
  for (const first of range(0, k, 8)) {
    const across = expand(first + arange(8), 0);
    const down = expand(first + arange(8), 1);
    const left = load(a + row * k + across, row < m && across < k);
    const right = load(b + down * n + column, down < k && column < n);
    total = dot(left, right, total);
  }
  store(c + row * n + column, total, row < m && column < n);
}`;

const product = kernelOf(productText);

const turnedProduct = kernelOf(productText.replace("down * n + column", "column * k + down"));

const wholeProduct = kernelOf(
  productText.replaceAll("Ptr,", `Ptr<"i32">,`).replace("zeros([16, 32])", `zeros([16, 32], "i32")`),
);

const shift = kernelOf(`(x: Ptr, n: i32) => {
  const at = arange(64);
  for (const turn of range(0, 4)) {
    const next = load(x + at + 1);
    store(x + at, next + n);
  }
}`);

const launches: readonly (readonly [string, TileKernel, Launch])[] = [
  ["softmax in place, aligned", softmax, { grid: [2, 1, 1], scalars: [32, 64], lengths: [2048, 2048] }],
  ["softmax in place, ragged", softmax, { grid: [3, 1, 1], scalars: [37, 41], lengths: [1517, 1517] }],
  ["a product, aligned", product, { grid: [2, 2, 1], scalars: [32, 64, 32], lengths: [1024, 2048, 2048] }],
  ["a product, ragged", product, { grid: [2, 3, 1], scalars: [37, 41, 19], lengths: [703, 779, 1517] }],
  ["a product of one step", product, { grid: [2, 3, 1], scalars: [37, 41, 1], lengths: [37, 41, 1517] }],
  ["a product of none", product, { grid: [2, 3, 1], scalars: [37, 41, 0], lengths: [37, 41, 1517] }],
  [
    "a product by rows, aligned",
    turnedProduct,
    { grid: [2, 2, 1], scalars: [32, 64, 32], lengths: [1024, 2048, 2048] },
  ],
  [
    "a product by rows, ragged",
    turnedProduct,
    { grid: [2, 3, 1], scalars: [37, 41, 19], lengths: [703, 779, 1517] },
  ],
  ["neighbours that read each other", shift, { grid: [1, 1, 1], scalars: [3], lengths: [65] }],
];

/** Of the softmax of 32 rows. */
function keyOf(columns: number): string {
  const { kernel, ...known } = specialise(softmax, { grid: [2, 1, 1], scalars: [32, columns] });
  return compileKernel(kernel, target, known).key;
}

/** The WGSL of a product of [32, 32] and [32, columns]. */
function ofAligned(whole: TileKernel, schedule: Schedule, columns: number = 64): string {
  const { kernel, ...known } = specialise(whole, { grid: [2, 2, 1], scalars: [32, columns, 32] });
  return compileKernel(kernel, target, { ...known, schedule }).wgsl;
}

const byMatrix: Schedule = {
  threads: 4,
  across: 4,
  unroll: 64,
  operands: "subgroup",
  products: "matrix",
};

/** Each of these schedules is compiled by a browser's compiler, on a machine that does other things. */
const manyConfigsMs = 120_000;

describe("schedules", () => {
  test.each(launches)(
    `[S1] %s: equal to the interpreter in every one that is not long to compile; some of them, ${partOfDay}`,
    async (_, kernel, launch) => {
      const met = new Set<string>();
      await expectSame({ kernel, launch, met });
      const schedules = schedulesFor(specialise(kernel, launch).kernel, target);
      expect(schedules.length).toBeGreaterThan(3);
      for (const schedule of ofToday(schedules, 8)) {
        await expectSame({ kernel, launch, met, schedule });
        await expectSame({ kernel, launch, met, schedule, peeled: true });
      }
    },
    manyConfigsMs,
  );

  test("[S2] what a launch proves is left out: masks, single numbers, waiting for others", () => {
    const aligned = { grid: [2, 1, 1], scalars: [32, 64] } as const;
    const ragged = { grid: [3, 1, 1], scalars: [37, 41] } as const;
    const schedule: Schedule = { threads: 16, across: 1, unroll: 16, operands: "own" };
    const text = (launch: LaunchNumbers): string => {
      const { kernel, ...known } = specialise(softmax, launch);
      return compileKernel(kernel, target, { ...known, schedule }).wgsl;
    };
    expect(text(aligned)).toContain("array<vec4<f32>>");
    expect(text(aligned)).not.toMatch(/select|Barrier/);
    expect(text(ragged)).toContain("array<f32>");
    expect(text(ragged)).toMatch(/select/);
  });

  test("[S8] operands are read a turn ahead wherever they go", () => {
    for (const operands of ["own", "subgroup", "workgroup"] as const) {
      const schedule: Schedule = { threads: 64, across: 8, unroll: 16, operands };
      expect(ofAligned(product, schedule)).not.toContain("_ahead");
      expect(ofAligned(product, { ...schedule, ahead: true })).toContain("_ahead = b_");
    }
  });

  test("[S4] products by matrices are for aligned f32 alone", () => {
    const schedule = byMatrix;
    expect(ofAligned(product, schedule)).toContain("mat4x4f(");
    expect(ofAligned(product, { ...schedule, operands: "own" })).toContain("mat4x4f(");
    const { products: _, ...byVectors } = schedule;
    expect(ofAligned(product, byVectors)).not.toContain("mat4x4f(");
    expect(ofAligned(product, schedule, 63)).not.toContain("mat4x4f(");
    expect(ofAligned(wholeProduct, schedule)).not.toContain("mat4x4f(");
  });

  test("[S5] a right side that lies along k is turned in registers: as many totals as it has results", () => {
    const schedule = byMatrix;
    const text = ofAligned(turnedProduct, schedule);
    expect(text).toContain("mat4x4f(");
    expect(text.match(/var \w+: vec4f/g)).toEqual(ofAligned(product, schedule).match(/var \w+: vec4f/g));
  });

  test("[S6] both sides of a product may come through workgroup memory, by fours and padded", () => {
    const schedule: Schedule = { threads: 64, across: 8, unroll: 16, operands: "workgroup" };
    for (const whole of [product, turnedProduct]) {
      const text = ofAligned(whole, schedule);
      // 16 rows of 2 fours and one more, and 8 rows of 8.
      expect(text).toContain("pool_f32x4: array<vec4f, 112>");
      expect(text.match(/workgroupBarrier/g)).toHaveLength(2);
    }
    expect(ofAligned(wholeProduct, schedule)).toContain("pool_i32x4: array<vec4i, 112>");
    expect(ofAligned(product, { ...schedule, across: 64 })).not.toContain("pool_");
    const tight = { ...target, workgroupBytes: 1024 };
    expect(() => compileKernel(product, tight, { schedule })).toThrow(
      "k needs 1792 bytes of workgroup memory; this device has 1024: the right of a dot",
    );
  });

  test("[S7] where a processor plays the graphics card nothing is copied to workgroup memory", () => {
    const on: readonly Target[] = [target, { ...target, processor: true }];
    const ways = on.map((one) => schedulesFor(product, one).map(({ operands }) => operands));
    expect(ways.map((operands) => operands.includes("workgroup"))).toEqual([true, false]);
  });

  test("[S3] sizes are no part of the text: launches that prove the same share it", () => {
    expect(new Set([64, 128, 320, 4096].map(keyOf)).size).toBe(1);
    expect(new Set([1, 2, 4, 7, 16, 17, 20, 31, 33, 48, 50, 60].map(keyOf)).size).toBeLessThanOrEqual(6);
  });
});
