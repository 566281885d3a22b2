import type { Job, Storage } from "./storage.ts";

/** Longer chains of jobs are cut: after a loss at most this many run again for one tensor. */
const mostDepth = 24;

/** Bytes of freed uploads kept alive only as ingredients of later tensors. */
const mostKeptBytes = 256 * 2 ** 20;

/** Whether the outputs of this job should be copied to the CPU side now, to forget how they came about. */
export function wantsCheckpoint(job: Job): boolean {
  const seen = new Set<Storage>();
  let layer: readonly Storage[] = job.inputs;
  let kept = 0;
  for (let depth = 1; layer.length > 0; depth++) {
    if (depth > mostDepth) return true;
    const next: Storage[] = [];
    for (const storage of layer) {
      if (seen.has(storage)) continue;
      seen.add(storage);
      if (storage.recipe.kind === "job") next.push(...storage.recipe.job.inputs);
      else if (storage.holders === 0) kept += storage.bytes;
    }
    layer = next;
  }
  return kept > mostKeptBytes;
}
