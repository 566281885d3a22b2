import type { Kernel } from "../kernel.ts";
import barrierSource from "./barrier.wgsl?raw";
import copySource from "./copy.wgsl?raw";
import emptySource from "./empty.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";
import loopSource from "./loop.wgsl?raw";
import numberingSource from "./numbering.wgsl?raw";
import strideSource from "./stride.wgsl?raw";

const threads = 256;
const each = 4;

/** Operations of one thread of `probeFma`. */
const fmaWork = 8192;

interface FmaSizes {
  readonly threads: number;
}

/** f32 multiply-adds: `threads` threads, in one of the shapes. */
function fma(entry: string): Kernel<FmaSizes> {
  return {
    name: "probe_fma",
    source: fmaSource,
    entry,
    bindings: [{ name: "out", access: "readwrite" }],
    scalars: [],
    threads,
    programs: (sizes) => Math.ceil(sizes.threads / threads),
    flops: (sizes) => sizes.threads * fmaWork,
    bytes: (sizes) => sizes.threads * 16,
  };
}

export const probeFma: Kernel<FmaSizes> = fma("main");

/** The same in other shapes: which of them is the fastest depends on the device. */
export const probeFmas: readonly Kernel<FmaSizes>[] = [
  probeFma,
  fma("pair"),
  fma("wide"),
  fma("narrow"),
  fma("pair_apart"),
  fma("narrow_apart"),
];

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

const strideThreads = 64;
const strideProgram = 256;

/** Copies `n` vec4f in long strides, by few programs. */
export const probeStride: Kernel<{ readonly n: number }> = {
  ...probeCopy,
  name: "probe_stride",
  source: strideSource,
  threads: strideThreads,
  programs: () => strideProgram,
};

/** Starts `programs` programs that do nothing. */
export const probeEmpty: Kernel<{ readonly programs: number; readonly writes: number }> = {
  name: "probe_empty",
  source: emptySource,
  bindings: [{ name: "out", access: "readwrite" }],
  scalars: ["writes"],
  threads: 64,
  programs: ({ programs }) => programs,
  flops: () => 0,
  bytes: () => 0,
};

/** `programs` programs whose threads wait for each other `turns` times, or with `meet` 0 do not. */
export const probeBarrier: Kernel<{
  readonly programs: number;
  readonly turns: number;
  readonly meet: number;
}> = {
  name: "probe_barrier",
  source: barrierSource,
  bindings: [{ name: "out", access: "readwrite" }],
  scalars: ["turns", "meet"],
  threads: 64,
  programs: ({ programs }) => programs,
  flops: ({ programs, turns }) => programs * 64 * turns * 2,
  bytes: ({ programs }) => programs * 64 * 16,
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

const numberingThreads = 64;

/** How the threads of one program lie over subgroups. The device needs `subgroups`. */
export const probeNumbering: Kernel<unknown> = {
  name: "probe_numbering",
  source: numberingSource,
  bindings: [{ name: "out", access: "readwrite" }],
  scalars: [],
  threads: numberingThreads,
  programs: () => 1,
  flops: () => 0,
  bytes: () => numberingThreads * 16,
};
