import type { Kernel } from "../kernel.ts";
import copySource from "./copy.wgsl?raw";
import loopSource from "./loop.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";

const threads = 256;
const chains = 4;
const each = 4;

/** f32 multiply-adds: `threads` of them run `turns` steps of 4 vec4 chains. */
export const probeFma: Kernel<{ readonly threads: number; readonly turns: number }> = {
  name: "probe_fma",
  source: fmaSource,
  bindings: [{ name: "out", access: "readwrite" }],
  scalars: ["turns"],
  threads,
  programs: (sizes) => Math.ceil(sizes.threads / threads),
  flops: (sizes) => sizes.threads * sizes.turns * chains * 4 * 2,
  bytes: (sizes) => sizes.threads * 16,
};

/** Copies `n` vec4f from one buffer to another. */
export const probeCopy: Kernel<{ readonly n: number }> = {
  name: "probe_copy",
  source: copySource,
  bindings: [
    { name: "source", access: "read" },
    { name: "copy", access: "readwrite" },
  ],
  scalars: ["n"],
  threads,
  programs: ({ n }) => Math.ceil(n / (threads * each)),
  flops: () => 0,
  bytes: ({ n }) => n * 32,
};

/** How many of `turns` turns of a loop the device takes before it cuts it. */
export const probeLoop: Kernel<{ readonly turns: number }> = {
  name: "probe_loop",
  source: loopSource,
  bindings: [{ name: "out", access: "readwrite" }],
  scalars: ["turns"],
  threads: 1,
  programs: () => 1,
  flops: () => 0,
  bytes: () => 16,
};
