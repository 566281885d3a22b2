import type { DeviceSpeed } from "@tilebook/runtime";
import type { LaunchProfile } from "@tilebook/sandbox";
import { bytes, grouped, percent, plural, shortTime } from "../../../shared/format.ts";
import type { Summary } from "./summary.ts";

/** One thing that a launch's time goes into, and what to do about it. */
export interface Reason {
  readonly kind: ReasonKind;
  /** How much of the launch's time it explains, from 0 to 1: an estimate. */
  readonly weight: number;
  readonly says: string;
  readonly try: string;
}

export type ReasonKind =
  | "launch"
  | "programs"
  | "starting"
  | "memory"
  | "arithmetic"
  | "rereads"
  | "masked"
  | "barriers"
  | "registers"
  | "unexplained";

/** What is known of one launch. */
export interface Evidence {
  readonly profile: LaunchProfile;
  readonly summary: Summary;
  /** Counted in the code of one program: `flops`, `barriers`, `registers`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly speed: DeviceSpeed;
}

type Rule = (evidence: Evidence) => Omit<Reason, "kind"> | undefined;

/** From here on a limit counts as reached. */
const near = 0.6;
/** Less of the time than this is not worth a word. */
const worth = 0.2;
/** Registers of one thread: more leave room for few programs side by side, and no GPU has more than the most. */
const manyRegisters = 128;
const mostRegisters = 255;

const rules: Record<Exclude<ReasonKind, "unexplained">, Rule> = {
  launch: ({ summary, speed }) => {
    const weight = speed.launchMs / summary.time.median;
    if (weight < 1 / 3) return undefined;
    return {
      weight,
      says: `A launch with nothing to do takes ${shortTime(speed.launchMs)} here, and this one ${shortTime(summary.time.median)}: ${atMost(weight)} of that is starting.`,
      try: "Give one launch more to do, or fuse it with what comes before and after it.",
    };
  },
  programs: ({ profile, speed }) => {
    const programs = programsOf(profile);
    if (programs >= speed.fullPrograms) return undefined;
    return {
      weight: 1 - programs / speed.fullPrograms,
      says: `It has ${plural(programs, "program")}, and about ${grouped(speed.fullPrograms)} at once keep this device busy: part of it is idle.`,
      try: "Cut the work into more and smaller blocks, or split its longest axis among programs.",
    };
  },
  memory: ({ summary }) => {
    const { share } = summary;
    if (share?.limit !== "memory" || share.share < near) return undefined;
    const rate =
      share.share > 1.05
        ? "faster than a copy, out of caches"
        : `at ${percent(share.share)} of what a copy reaches here`;
    return {
      weight: Math.min(1, share.share),
      says: `It waits for memory, and gets its bytes ${rate}: there is little left to gain.`,
      try: "Only fewer bytes make it faster: fuse it with its neighbours, or keep smaller numbers (f16, packed integers).",
    };
  },
  arithmetic: ({ summary }) => {
    const { share } = summary;
    if (share?.limit !== "arithmetic" || share.share < near) return undefined;
    return {
      weight: Math.min(1, share.share),
      says: `It computes at ${percent(share.share)} of the multiply-adds that this device can do: there is little left to gain.`,
      try: "Only fewer operations make it faster: skip blocks that count for nothing, or change the algorithm.",
    };
  },
  starting: ({ profile, summary, speed }) => {
    const programs = programsOf(profile);
    const weight = (programs * speed.programMs) / summary.time.median;
    if (weight < worth) return undefined;
    return {
      weight: Math.min(1, weight),
      says: `Starting its ${plural(programs, "program")} takes ${atMost(weight)} of its time.`,
      try: "Let each program do more: larger tiles, or a loop over several of them.",
    };
  },
  rereads: ({ summary, speed }) => {
    const { asked, moved, time } = summary;
    const weight = asked / speed.gigabytesPerSecond / 1e6 / time.median;
    if (moved === 0 || asked < 4 * moved || weight < near) return undefined;
    return {
      weight: Math.min(1, weight),
      says: `It asks for ${bytes(asked)}, but its buffers hold ${bytes(moved)}: each byte comes about ${grouped(Math.round(asked / moved))} times, from a cache at best.`,
      try: "Larger tiles use each number more often once it is there.",
    };
  },
  masked: ({ profile }) => {
    const { work, buffers } = profile;
    const weight = work.bytesWritten === 0 ? 0 : 1 - buffers.written / work.bytesWritten;
    if (weight < worth) return undefined;
    return {
      weight,
      says: `Its stores name ${(work.bytesWritten / buffers.written).toFixed(1)} times the elements that its outputs have: up to ${percent(weight)} of its lanes are masked off.`,
      try: "Choose a block that divides the sizes, or a smaller one.",
    };
  },
  barriers: ({ profile, summary, counts, speed }) => {
    if ((counts["barriers"] ?? 0) === 0) return undefined;
    const meetings = (counts["barriers"] ?? 0) * turnsOf(profile, counts);
    const threads = programsOf(profile) * profile.threads;
    const each = speed.meetingMs + meetings * speed.barrierMs;
    const weight = (threads * each) / summary.time.median;
    if (weight < worth) return undefined;
    return {
      weight: Math.min(1, weight),
      says: `Its threads wait for each other, about ${plural(Math.round(meetings), "time")} a program: on this device that is ${atMost(weight)} of its time.`,
      try: "Let fewer programs do more each, or choose a tile that one thread can handle without the others.",
    };
  },
  registers: ({ counts }) => {
    const registers = counts["registers"] ?? 0;
    if (registers <= manyRegisters) return undefined;
    const spills = registers > mostRegisters;
    return {
      weight: spills ? 0.5 : 0.25,
      says: spills
        ? `A thread holds about ${grouped(registers)} numbers at once, more than any GPU has registers: some of them live in memory.`
        : `A thread holds about ${grouped(registers)} numbers at once: few programs fit side by side, so waiting shows.`,
      try: "Smaller tiles leave each thread less to hold.",
    };
  },
};

/**
 * Why a launch takes as long as it does, the weightiest first: from what was counted, what was measured, and what the device
 * can do. Never empty: when nothing explains it, it says that.
 */
export function explain(evidence: Evidence): readonly Reason[] {
  const found: Reason[] = [];
  for (const kind of Object.keys(rules) as (keyof typeof rules)[]) {
    const reason = rules[kind](evidence);
    if (reason !== undefined) found.push({ kind, ...reason });
  }
  if (found.length === 0) found.push(unexplained(evidence));
  return found.toSorted((a, b) => b.weight - a.weight);
}

function unexplained({ summary, speed }: Evidence): Reason {
  const { gflops, gigabytesPerSecond } = summary;
  return {
    kind: "unexplained",
    weight: 0,
    says: `It reaches ${percent(gflops / speed.gflops)} of this device’s arithmetic and ${percent(gigabytesPerSecond / speed.gigabytesPerSecond)} of its memory, and no count says why: what is not counted are loads from caches, addresses, and waiting for results.`,
    try: "Look at the innermost loop of its WGSL; a larger tile has fewer loads for each product.",
  };
}

/** How often loops go, on average: what the launch does over what the code says once. */
function turnsOf({ work, ...profile }: LaunchProfile, counts: Evidence["counts"]): number {
  const once = (counts["flops"] ?? 0) * programsOf(profile);
  return once === 0 ? 1 : Math.max(1, work.flops / once);
}

function programsOf({ grid }: Pick<LaunchProfile, "grid">): number {
  return grid.reduce((product, side) => product * side, 1);
}

/** An estimate that comes out as more than all is most. */
function atMost(part: number): string {
  return part < 0.9 ? `about ${percent(part)}` : "most";
}
