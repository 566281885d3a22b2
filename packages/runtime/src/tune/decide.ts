import type { CompiledKernel, Target } from "@tilebook/compiler";

/** WGSL beyond this takes software GPUs many seconds to compile, and is never the fastest. */
const mostWgslBytes = 64 * 1024;
/** 4-byte values of one thread: no device has registers for more, so they go to memory. */
const mostRegisters = 1024;
/** A candidate whose first measurement is this many times the best is not measured again. */
const hopeless = 3;
/** What two equal kernels may differ by when they are measured. */
export const leastGain = 0.02;

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Why a kernel need not be tried on this device, from what is counted in its code. */
export function whyPruned({ wgsl, counts }: CompiledKernel, target: Target): string | undefined {
  if (wgsl.length > mostWgslBytes) return `${wgsl.length} bytes of WGSL: at most ${mostWgslBytes} are tried`;
  if (counts.registers > mostRegisters)
    return `a thread would hold ${counts.registers} values: at most ${mostRegisters} are tried`;
  if (counts.workgroupBytes > target.workgroupBytes)
    return `${counts.workgroupBytes} bytes of workgroup memory, where the device has ${target.workgroupBytes}`;
  return undefined;
}

/** Whether more measurements of something that took `ms` at first would be wasted. */
export function isHopeless(ms: number, bestMs: number): boolean {
  return ms > hopeless * bestMs;
}

/** faster: by more than measurements differ, both as a rule and at best. unsure: as a rule it is, and more turns may tell. */
export type Verdict = "faster" | "not faster" | "unsure";

/** What turns of the challenger and the incumbent say, one after the other: so what else the device does meets both. */
export function compare(challenger: readonly number[], incumbent: readonly number[]): Verdict {
  if (challenger.length === 0 || incumbent.length === 0) return "not faster";
  const enough = 1 - leastGain;
  if (median(challenger) >= median(incumbent) * enough) return "not faster";
  return Math.min(...challenger) < Math.min(...incumbent) * enough ? "faster" : "unsure";
}
