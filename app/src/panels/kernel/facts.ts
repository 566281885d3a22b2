import type { KernelReport, KernelWork } from "@tilebook/notebook";
import { bytes, grouped, plural, shortTime, significant } from "../../shared/format.ts";

/** One number about a kernel, and how it comes about. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly about: readonly string[];
  /** The one that people look for first. */
  readonly main?: true;
  /** It comes from the last run, or from what of it the caches did not serve. */
  readonly measured?: true;
}

/** The facts of one launch of a kernel. Without `work` it is not known yet what the launch has to do. */
export function factsOf(
  report: KernelReport,
  at: number,
  work: readonly KernelWork[] | undefined,
): readonly Fact[] {
  if (report.dispatches === 0) return [];
  return [
    timeFact(report),
    ...rateFacts(report, work),
    ...workFacts(report, at, work?.[at]),
    ...threadFacts(report.counts),
  ];
}

function timeFact({ milliseconds, dispatches, programs }: KernelReport): Fact {
  const all = dispatches === 1 ? "its launch" : `all ${grouped(dispatches)} launches together`;
  if (milliseconds === undefined)
    return {
      label: "GPU time",
      value: "not measured",
      about: ["This device has no clock for single kernels, or nothing ran on it."],
      main: true,
      measured: true,
    };
  return {
    label: "GPU time",
    value: shortTime(milliseconds),
    about: [
      `Measured by the GPU’s own clock in the last run: ${all}, ${plural(programs, "program")}.`,
      "The first run of a kernel is often slower than the ones after it.",
    ],
    main: true,
    measured: true,
  };
}

/** The work of a whole run, and the time it took. */
export interface Reached {
  readonly flops: number;
  /** Bytes read and written. */
  readonly moved: number;
  readonly milliseconds: number;
}

/** All launches of the last run together. Only when it was measured, and it is known what each of them had to do. */
export function reachedBy(
  { milliseconds = 0, launches, dispatches }: KernelReport,
  work: readonly KernelWork[] | undefined,
): Reached | undefined {
  const known = launches.reduce((sum, { times }) => sum + times, 0);
  if (work === undefined || milliseconds <= 0 || known !== dispatches) return undefined;
  const total = (pick: (one: KernelWork) => number): number =>
    launches.reduce((sum, { times }, at) => sum + times * (work[at] === undefined ? 0 : pick(work[at])), 0);
  const [flops, moved] = [total((one) => one.flops), total((one) => one.bytesRead + one.bytesWritten)];
  return { flops, moved, milliseconds };
}

function rateFacts(report: KernelReport, work: readonly KernelWork[] | undefined): readonly Fact[] {
  // It keeps its place, so that nothing below jumps when the counts come.
  if (work === undefined && report.milliseconds !== undefined)
    return [{ label: "reached", value: "…", about: [waiting], measured: true }];
  const reached = reachedBy(report, work);
  if (reached === undefined) return [];
  const { flops, moved, milliseconds } = reached;
  const rates = [
    ...(flops > 0 ? [`${rate(flops / milliseconds)}FLOP/s`] : []),
    ...(moved > 0 ? [`${rate(moved / milliseconds)}B/s`] : []),
  ];
  if (rates.length === 0) return [];
  return [
    {
      label: "reached",
      measured: true,
      value: rates.join(" · "),
      about: [
        `${grouped(flops)} operations and ${bytes(moved)} in ${shortTime(milliseconds)}.`,
        "The bytes are those that the kernel asks for; caches may serve many of them.",
      ],
    },
  ];
}

const waiting = "The launch is being counted.";
const howLoops =
  "Counted in the Tile IR before it is lowered, with the numbers of this launch: loops as many turns as they take, branches as they go.";
const guessed =
  "An estimate: a loop or a branch depends on data, or there are too many different programs to count each.";

function workFacts(report: KernelReport, at: number, work: KernelWork | undefined): readonly Fact[] {
  const { counts, launches } = report;
  const programs = launches[at]?.grid.reduce((product, side) => product * side, 1) ?? 0;
  const about = (what: string, count: string, text: (value: number) => string): readonly string[] => [
    what,
    work?.exact === false ? guessed : howLoops,
    `One program, with loops of unknown length counted once: ${text(counts[count] ?? 0)}. This launch has ${plural(programs, "program")}.`,
  ];
  const tilde = work?.exact === false ? "≈ " : "";
  const show = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? "…" : `${tilde}${text(value)}`;
  return [
    {
      label: "operations",
      value: show(work?.flops, compact),
      about: about(
        "f32 and f16 arithmetic: one for each element of an elementwise op or a reduction, 2 · m · n · k for a dot.",
        "flops",
        grouped,
      ),
    },
    {
      label: "read",
      value: show(work?.bytesRead, bytes),
      about: about("Bytes of all loads, masked elements included.", "bytesRead", bytes),
    },
    {
      label: "written",
      value: show(work?.bytesWritten, bytes),
      about: about("Bytes of all stores, masked elements included.", "bytesWritten", bytes),
    },
    ...intensityFact(work),
  ];
}

function intensityFact(work: KernelWork | undefined): readonly Fact[] {
  if (work === undefined)
    return [{ label: "operations a byte", value: "…", about: [waiting], measured: true }];
  const moved = work.bytesRead + work.bytesWritten;
  if (moved === 0) return [];
  return [
    {
      label: "operations a byte",
      measured: true,
      value: significant(work.flops / moved, 3),
      about: [
        `${grouped(work.flops)} operations over ${grouped(moved)} bytes read and written.`,
        "A kernel with few of them waits for memory; one with many waits for arithmetic.",
      ],
    },
  ];
}

function threadFacts(counts: KernelReport["counts"]): readonly Fact[] {
  const { workgroupBytes = 0, barriers = 0, registers = 0 } = counts;
  return [
    {
      label: "workgroup memory",
      value: bytes(workgroupBytes),
      about: [
        `${grouped(workgroupBytes)} bytes that the threads of one program share. Tiles that do not live at the same time share a place.`,
        "Every device has at least 16 kB for it. The less a program takes, the more of them run side by side.",
      ],
    },
    {
      label: "barriers",
      value: grouped(barriers),
      about: [
        "Places in the WGSL where the threads of a program wait for each other. One inside of a loop counts once.",
      ],
    },
    {
      label: "registers a thread",
      value: grouped(registers),
      about: [
        "An estimate: the most 4-byte values that a thread holds at once, as the code stands. The GPU’s own compiler may need fewer or more.",
      ],
    },
  ];
}

/** How many a second, with the prefix of the unit: "3.6 M" */
function rate(perMillisecond: number): string {
  const [prefix, size] = perMillisecond >= 1e9 ? ["T", 1e9] : perMillisecond >= 1e6 ? ["G", 1e6] : ["M", 1e3];
  return `${significant(perMillisecond / size, 3)} ${prefix}`;
}

/** 999,999, 1.05 M, 137 G */
function compact(value: number): string {
  if (value < 1e6) return grouped(Math.round(value));
  if (value < 1e9) return `${significant(value / 1e6, 3)} M`;
  return value < 1e12 ? `${significant(value / 1e9, 3)} G` : `${significant(value / 1e12, 3)} T`;
}
