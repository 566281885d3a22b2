// The notebook "A language model, trained in front of you": its own model, small.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Graph } from "@tilebook/ir";
import type { Tensor } from "@tilebook/tensor";
import { open, runCell, type TestCell, TestHost } from "@tilebook/tensor/testing";
import { portableTarget } from "@tilebook/compiler";
import { beforeAll, describe, expect, test } from "vitest";
import { Compiler } from "../gpu/compiler.ts";
import { openOnExecutor } from "./executor-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 300_000;

type Weights = Record<string, Tensor>;

/** What the cell `net` of the notebook defines. */
interface Net {
  readonly initialWeights: (sizes: object, seed: number) => Weights;
  readonly attend: (x: Tensor, into: Tensor, heads: number) => Tensor;
  readonly pieces: (from: Uint8Array, shape: object, step: number) => Tensor;
  readonly surprise: (weights: Weights, piece: Tensor, sizes: object) => Tensor;
}

let cellText = "";
beforeAll(() => {
  const path = resolve(import.meta.dirname, "../../../../public/notebooks/language-model.nb.md");
  cellText = /^```ts \{#net\}\n([^]*?)^```$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
});

async function netOf(cell: TestCell): Promise<Net> {
  return (await runCell("net", cellText, { ...cell })) as unknown as Net;
}

const book = new TextEncoder().encode("It is not down in any map; true places never are. ".repeat(4));

/** The losses before each step. `after` is called when each is done. */
async function trained(
  cell: TestCell,
  steps: number,
  after: () => void = () => undefined,
): Promise<readonly number[]> {
  const net = await netOf(cell);
  const shape = { width: 8, layers: 1, heads: 2, length: 8, batch: 2 };
  const first = net.initialWeights(shape, 1);
  const model = cell.trainer({
    params: first,
    optimizer: cell.optimizers.adamW({
      rate: cell.schedules.cosine({ rate: 0.01, steps: 40, warmup: 5 }),
      beta2: 0.98,
      decay: 0.05,
    }),
    clip: 1,
  });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(await model.step((weights) => net.surprise(weights, net.pieces(book, shape, step), shape)));
    after();
  }
  // Until here somebody holds them, so that the collector does not decide when they are freed.
  for (const weight of Object.values(first)) weight.dispose();
  return losses;
}

/** All small ones, and those where other things change: blocks, halves, powers of two, primes. */
const large = [
  48, 63, 64, 65, 96, 127, 128, 129, 200, 257, 384, 511, 512, 777, 1000, 1024, 1025, 1536, 2000, 2039, 2047,
  2048,
];
const lengths: readonly number[] = [...Array.from({ length: 34 }, (_, at) => at + 1), ...large];

/** Compiles what runs, and computes nothing: results are zeros. */
class CompilingHost extends TestHost {
  /** Names by key. */
  readonly kernels = new Map<string, string>();
  readonly #compiler = new Compiler(() => portableTarget);

  protected override async compute(graph: Graph): Promise<readonly ArrayLike<number>[]> {
    for (const { key, name } of this.#compiler.compile(graph).kernels) this.kernels.set(key, name);
    return graph.outputs.map((id) => {
      const size = graph.nodes[id]?.type.shape.reduce((product, n) => product * n, 1) ?? 0;
      return new Float64Array(size);
    });
  }
}

describe("the language model of the gallery", () => {
  test(
    "[LM1] its first 20 losses on the GPU are those of the f64 interpreter, and fall; steps leave nothing behind",
    async () => {
      const cell = await openOnExecutor();
      const alive = new Set<number>();
      const losses = await trained(cell, 20, () => alive.add(cell.executor.memory().tensors));
      const wanted = await trained(open(), 20);
      cell.host.close();
      losses.forEach((loss, step) => expect(Math.abs(loss - (wanted[step] ?? NaN))).toBeLessThan(1e-4));
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.5);
      // The first fourteen, and of each of now itself, its mean and its mean square.
      expect([...alive]).toEqual([14 + 3 * 14]);
      expect(Math.max(...cell.host.dispatches)).toBeLessThanOrEqual(200);
    },
    slowMs,
  );

  test("[LM2] the attention of all lengths from 1 to 2048 is at most 8 kernels, what stands around it at most 24", async () => {
    const host = new CompilingHost();
    const cell = open(host);
    const { attend } = await netOf(cell);
    const into = cell.tensor.zeros([64, 192]);
    for (const length of lengths) await attend(cell.tensor.zeros([1, length, 64]), into, 2).data();
    const attention = [...host.kernels.values()].filter((name) => name === "flash").length;
    expect(attention).toBeGreaterThan(0);
    expect(attention).toBeLessThanOrEqual(8);
    expect(host.kernels.size - attention).toBeLessThanOrEqual(24);
  });
});
