import { loadavg } from "node:os";
import { openGpu, type Tunable } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors } from "@tilebook/tensor";
import { cells } from "../bench/cells.ts";
import { prepare } from "../bench/engine.ts";
import { harness } from "../bench/harness.ts";
import { BenchHost } from "../bench/host.ts";

const budgetBytes = 2 ** 31;

/**
 * npm run bench:tune -- 'matmul|attn' - what the tuner finds for the bench's cases on this machine's GPU by Dawn (SwiftShader
 * where there is none): each config with its time, or why it has none. Numbers, not a test.
 */
export async function main([filter = "."]: readonly string[]): Promise<number> {
  const executor = await openGpu({ gpu: dawn(), budgetBytes });
  say(`${executor.report().name}, load ${loadavg()[0]?.toFixed(1)}`);
  const { cases, ops, rng } = harness;
  for (const [at, spec] of cases.entries()) {
    const [cell] = cells[spec.op] ?? [];
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
