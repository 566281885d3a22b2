import type { DeviceSpeed } from "@tilebook/runtime";
import type { Reached } from "./facts.ts";

/** What a device does at best. */
export type Roof = Pick<DeviceSpeed, "gflops" | "gigabytesPerSecond">;

/** How near a kernel came to what the device allows. */
export interface Share {
  /** 1: as fast as the device allows. More: caches served bytes that memory would have had to. */
  readonly share: number;
  /** What it would wait for at best. */
  readonly limit: "memory" | "arithmetic";
  /** Milliseconds that the same work takes at best. */
  readonly best: number;
}

/** The roofline: work takes at least as long as its arithmetic, and at least as long as its memory. */
export function shareOfBest({ flops, moved, milliseconds }: Reached, speed: Roof): Share {
  const arithmetic = flops / speed.gflops / 1e6;
  const memory = moved / speed.gigabytesPerSecond / 1e6;
  const best = Math.max(arithmetic, memory);
  return { share: best / milliseconds, limit: memory >= arithmetic ? "memory" : "arithmetic", best };
}
