import { loadavg } from "node:os";
import { openGpu, type Tunable } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors } from "@tilebook/tensor";
import { cells } from "../bench/cells.ts";
import { prepare } from "../bench/engine.ts";
import { harness } from "../bench/harness.ts";
import { BenchHost } from "../bench/host.ts";
import type { Spec } from "../bench/inputs.ts";

const budgetBytes = 2 ** 31;

/** Sizes that blocks do not divide: beside the harness's cases, which are all powers of two. */
const ragged: readonly Spec[] = [
  { id: "ragged-matmul-500", op: "matmul", M: 500, N: 500, K: 500 },
  { id: "ragged-matmul-501", op: "matmul", M: 501, N: 501, K: 501 },
  { id: "ragged-softmax-1000", op: "softmax", R: 1024, C: 1000 },
  { id: "ragged-softmax-1001", op: "softmax", R: 1024, C: 1001 },
  { id: "ragged-layernorm-1000", op: "layernorm", R: 1024, C: 1000 },
  { id: "ragged-attn-500", op: "attention", S: 500, H: 8, Hkv: 8, D: 64, causal: false },
];

/**
 * npm run bench:tune -- 'matmul|attn' (and --second for the other way to write a case) - what the tuner finds for the bench's cases, and for sizes that do not divide, on this machine's GPU by Dawn (SwiftShader
 * where there is none): each config with its time, or why it has none. Numbers, not a test.
 */
export async function main(words: readonly string[]): Promise<number> {
  const [filter = "."] = words.filter((word) => word !== "--second");
  const form = words.includes("--second") ? 1 : 0;
  const executor = await openGpu({ gpu: dawn(), budgetBytes });
  say(`${executor.report().name}, load ${loadavg()[0]?.toFixed(1)}`);
  const { cases, ops, rng } = harness;
  for (const [at, spec] of [...cases, ...ragged].entries()) {
    const cell = cells[spec.op]?.[form];
    const op = ops[spec.op];
    if (cell === undefined || op === undefined || !new RegExp(filter).test(spec.id)) continue;
    const host = new BenchHost(executor);
    const prepared = await prepare(createTensors(host), cell, { spec, inputs: op.inputs(spec, rng(1 + at)) });
    prepared.free(await prepared.run());
    const start = performance.now();
    await host.tune(Infinity);
    say(`\n${spec.id}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    host.tunable().forEach(tell);
    prepared.dispose();
  }
  executor.close();
  return 0;
}

function tell({ key, kernel, used, tuning, trouble }: Tunable): void {
  say(`  ${kernel} (${key}): ${trouble ?? `by the ${tuning?.clock ?? "?"} clock`}`);
  for (const { config, status, milliseconds, reason } of tuning?.candidates ?? []) {
    const time = milliseconds === undefined ? "" : `${milliseconds.toFixed(3)} ms`;
    say(
      `  ${config === used ? ">" : " "} ${time.padStart(12)} ${status.padEnd(9)} ${config} ${reason ?? ""}`,
    );
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
