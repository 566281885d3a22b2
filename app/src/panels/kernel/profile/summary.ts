import type { KernelReport } from "@tilebook/notebook";
import type { LaunchProfile } from "@tilebook/sandbox";
import { type Spread, spreadOf } from "../copy/speed.ts";
import { type Roof, shareOfBest, type Share } from "../roofline.ts";

/** What a profile says about one launch. Times in milliseconds, work of the whole launch. */
export interface Summary {
  readonly time: Spread;
  readonly flops: number;
  /** Bytes that loads and stores name. */
  readonly asked: number;
  /** Bytes that have to move at least: of each buffer once, or fewer when fewer are named. */
  readonly moved: number;
  readonly gflops: number;
  readonly gigabytesPerSecond: number;
  /** Operations a byte that has to move. */
  readonly intensity: number;
  /** Absent as long as the device has not been measured. */
  readonly share?: Share;
}

/** Nothing when nothing was measured. */
export function summaryOf(profile: LaunchProfile, roof?: Roof): Summary | undefined {
  const { samples, work, buffers } = profile;
  const time = spreadOf(samples);
  if (time === undefined || time.median <= 0) return undefined;
  const { flops, bytesRead, bytesWritten } = work;
  const moved = Math.min(bytesRead, buffers.read) + Math.min(bytesWritten, buffers.written);
  const reached = { flops, moved, milliseconds: time.median };
  return {
    time,
    flops,
    asked: bytesRead + bytesWritten,
    moved,
    gflops: flops / time.median / 1e6,
    gigabytesPerSecond: moved / time.median / 1e6,
    intensity: moved === 0 ? Infinity : flops / moved,
    ...(roof === undefined ? {} : { share: shareOfBest(reached, roof) }),
  };
}

/** Tells launches apart: the kernel, its grid, its numbers. */
export function launchName(
  kernel: string,
  { grid, scalars }: { readonly grid: readonly number[]; readonly scalars: readonly number[] },
): string {
  return JSON.stringify([kernel, grid, scalars]);
}

/** The names of a report's launches, in their order. */
export function launchNames({ key, launches }: KernelReport): readonly string[] {
  return launches.map(({ grid, scalars }) =>
    launchName(key, { grid, scalars: scalars.map(({ value }) => value) }),
  );
}
