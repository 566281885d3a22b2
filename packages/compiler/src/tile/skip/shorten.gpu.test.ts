// Attention as people write it: a plain loop over all keys, and a mask. What the GPU leaves out of it changes nothing.
import { runTileKernel } from "@tilebook/interp";
import type { LaunchNumbers, TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../../compile.ts";
import { launchWork } from "../../counts.ts";
import { portableTarget } from "../../program.ts";
import { specialise } from "../../specialise.ts";
import { runCompiled } from "../../testing/gpu.ts";
import { normalisedError, randomNumbers } from "../../testing/numbers.ts";
import { simplifyMasks } from "../masks.ts";

interface Style {
  /** What stands where the mask is false. */
  readonly low: string;
  /** The weights, of scores `s` and maxima `next`. */
  readonly weights: string;
}

const infinite: Style = { low: "-Infinity", weights: "exp(s - expand(next, 1))" };
const finite: Style = { low: "-1e30", weights: "where(seen, exp(s - expand(next, 1)), 0)" };

/** q, k, v and o are [n, 16]; w is whatever the mask makes of it. */
function attention(mask: string, { low, weights }: Style): TileKernel {
  const text = `const k = kernel((q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: i32, w: i32) => {
    const rows = programId(0) * 32 + arange(32);
    const [row, d] = [expand(rows, 1), arange(16)];
    const queries = load(view(q, [n, 16]), [rows, d]);
    let most = full([32], ${low});
    let total = zeros([32]);
    let result = zeros([32, 16]);
    for (const first of range(0, n, 16)) {
      const columns = first + arange(16);
      const column = expand(columns, 0);
      const seen = ${mask};
      const s = where(seen, dot(queries, load(view(k, [n, 16]), [columns, d]).T) * 0.25, ${low});
      const next = maximum(most, max(s, 1));
      const weights = ${weights};
      const repair = exp(most - next);
      total = total * repair + sum(weights, 1);
      result = result * expand(repair, 1) + dot(weights, load(view(v, [n, 16]), [columns, d]));
      most = next;
    }
    store(view(o, [n, 16]), [rows, d], result / expand(where(total > 0, total, 1), 1));
  });`;
  return lowerKernel({ source: "cell", text, kernel: "k0", captured: {} });
}

function launchOf(
  n: number,
  w: number,
): LaunchNumbers & { readonly grid: readonly [number, number, number] } {
  return { grid: [Math.ceil(n / 32), 1, 1], scalars: [n, w] };
}

function inputs(n: number): readonly Float32Array[] {
  return [1, 2, 3, 4].map((seed) => Float32Array.from(randomNumbers(n * 16, seed)));
}

/** Operations of the launch with the mask's turns left out, over those without. */
function share(kernel: TileKernel, launch: ReturnType<typeof launchOf>): number {
  const of = (one: TileKernel): number => launchWork(one, launch.grid, launch.scalars).flops;
  return of(specialise(kernel, launch).kernel) / of(simplifyMasks(kernel, launch));
}

async function onGpu(
  kernel: TileKernel,
  launch: ReturnType<typeof launchOf>,
  data: readonly Float32Array[],
): Promise<readonly number[]> {
  const { kernel: special, ...known } = specialise(kernel, launch);
  const buffers = await runCompiled(compileKernel(special, portableTarget, known), { ...launch, data });
  return buffers.at(-1) ?? [];
}

function interpreted(
  kernel: TileKernel,
  launch: ReturnType<typeof launchOf>,
  data: readonly Float32Array[],
): readonly number[] {
  const memory = data.map((values) => Float64Array.from(values));
  runTileKernel(kernel, launch.grid, [...memory, ...launch.scalars]);
  return Array.from(memory.at(-1) ?? []);
}

const usual: Style = { low: "-1e30", weights: "exp(s - expand(next, 1))" };

const causal = "row >= column && column < n";
const cases: readonly (readonly [string, string, Style, readonly [number, number]])[] = [
  ["causal, of parts of blocks", causal, infinite, [101, 0]],
  ["causal, a number for minus infinity", causal, finite, [101, 0]],
  ["causal, the usual way", causal, usual, [101, 0]],
  ["causal, some rows see nothing", "row >= column + w && column < n", usual, [101, 20]],
  ["a window", `${causal} && row - column < w`, finite, [128, 20]],
  ["a window on both sides", "row - column <= w && column - row <= w && column < n", finite, [101, 9]],
  ["a prefix", "(row >= column || column < w) && column < n", infinite, [128, 40]],
];

/** Numbers of row 40 and of row 63. */
function spoiled(value: number, at: number): number {
  return at === 40 * 16 ? Number.NaN : at === 63 * 16 ? Infinity : value;
}

describe("attention by a plain loop over all keys", () => {
  test.each(cases)("[K10] %s: less work, and equal to the interpreter", async (_, mask, style, [n, w]) => {
    const kernel = attention(mask, style);
    const launch = launchOf(n, w);
    const data = inputs(n);
    expect(share(kernel, launch)).toBeLessThan(0.85);
    const seen = await onGpu(kernel, launch, data);
    expect(normalisedError(seen, interpreted(kernel, launch, data))).toBeLessThan(1e-12);
  });

  test("[K11] what is NaN or infinite behind the mask does not show where its turn is left out", async () => {
    const kernel = attention("row >= column", infinite);
    const launch = launchOf(64, 0);
    const data = inputs(64);
    const first = await onGpu(kernel, launch, data);
    const last = await onGpu(
      kernel,
      launch,
      data.map((values, which) => (which === 2 ? values.map(spoiled) : values)),
    );
    expect(last.slice(0, 32 * 16)).toEqual(first.slice(0, 32 * 16));
    expect(Number.isFinite(last[40 * 16])).toBe(false);
  });
});
