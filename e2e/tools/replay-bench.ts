import { loadavg } from "node:os";
import { openGpu } from "@tilebook/runtime";
import { dawn, doubled, f32Bytes, nullGpu } from "@tilebook/runtime/testing";

/** Short rounds, and the best of them: what else the machine does is then not in it. */
const rounds = 60;
const runsPerRound = 100;
const budgetBytes = 2 ** 28;

/**
 * npm run bench:replay - what the runtime's own JavaScript takes to give a program to the device once more, and to give it one
 * that it has not seen. On a GPU that does nothing that is all the time there is; on Dawn it includes Dawn's own part, and
 * waiting for the device now and then. Numbers, not a test.
 */
export async function main(): Promise<number> {
  for (const [name, gpu] of [
    ["no GPU", nullGpu()],
    ["Dawn", dawn()],
  ] as const)
    for (const dispatches of [1, 10])
      for (const again of [true, false]) {
        const us = await microseconds(gpu, dispatches, again);
        const each = (us / dispatches).toFixed(1);
        const which = again ? "the same program" : "a new program each time";
        process.stdout.write(
          `${name}, ${dispatches} dispatches, ${which}: ${us.toFixed(1)} us a run, ${each} a dispatch\n`,
        );
      }
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)}\n`);
  return 0;
}

async function microseconds(gpu: GPU, dispatches: number, again: boolean): Promise<number> {
  const executor = await openGpu({ gpu, budgetBytes });
  const x = executor.upload(f32Bytes([1, 2, 3, 4]), { dtype: "f32", shape: [4] });
  const program = doubled(x, 4, dispatches);
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let run = 0; run < runsPerRound; run++) {
      const { outputs } = await executor.run(again ? program : { ...program });
      outputs.forEach((output) => executor.free(output));
    }
    best = Math.min(best, performance.now() - start);
  }
  executor.close();
  return (best / runsPerRound) * 1000;
}
