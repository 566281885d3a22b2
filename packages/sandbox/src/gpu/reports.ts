import { type FaultData, hashText } from "@tilebook/base";
import type { CompiledKernel, Dispatch, Program } from "@tilebook/compiler";
import { encodeTile, type TileKernel, walkOps } from "@tilebook/ir";
import type { KernelLaunch, KernelReport } from "@tilebook/notebook";
import { limits } from "../protocol/common.ts";
import { outsideAtLaunch } from "./launch-bounds.ts";
import { racesAtLaunch } from "./launch-races.ts";
import { scalarNames } from "./scalar-names.ts";
import type { KernelShelf } from "./shelf.ts";

/** Different launches of one kernel that are told apart. */
const MOST_LAUNCHES = 16;
/** Remarks on one kernel, those on its launches among them. Each kernel of a program has all of the program's. */
const MOST_REMARKS = 200;
/** Of these, on the program: the rest is for its launches. */
const MOST_PROGRAM_REMARKS = 100;
/** Texts that the lines of one kernel come from. */
const MOST_SOURCES = 16;

interface Launched {
  readonly first: number;
  readonly dispatch: Dispatch;
  times: number;
}

interface Used {
  readonly name: string;
  readonly key: string;
  readonly tile: TileKernel;
  readonly counts: Readonly<Record<string, number>>;
  remarks: readonly FaultData[];
  readonly launches: Map<string, Launched>;
  dispatches: number;
  programs: number;
  fault: FaultData | undefined;
}

/** What one run of a cell did with each kernel, added up over its programs. */
export class RunReports {
  readonly cell: string;
  peakBytes = 0;
  readonly #used = new Map<string, Used>();
  readonly #milliseconds = new Map<string, number>();

  constructor(cell: string) {
    this.cell = cell;
  }

  /** The program ran, with this many bytes at most. */
  add(program: Program, peakBytes: number): void {
    this.peakBytes = Math.max(this.peakBytes, peakBytes);
    for (const dispatch of program.dispatches) {
      const kernel = program.kernels[dispatch.kernel];
      const used = kernel === undefined ? undefined : this.#useCompiled(kernel, program);
      if (kernel === undefined || used === undefined) continue;
      const outside = () => outsideAtLaunch(kernel, program, dispatch);
      countLaunch(used, dispatch, outside);
    }
  }

  /** GPU time of launches of a kernel, which was or will be added. */
  time(kernel: string, milliseconds: number): void {
    this.#milliseconds.set(kernel, (this.#milliseconds.get(kernel) ?? 0) + milliseconds);
  }

  /** The kernel does not compile. */
  refused(tile: TileKernel, fault: FaultData): void {
    const key = `refused ${hashText(JSON.stringify(encodeTile(tile)))}`;
    const used = this.#use({ name: tile.name, key, tile, counts: {}, remarks: [] });
    if (used !== undefined) used.fault = fault;
  }

  /** The program failed: so did those of its kernels that the fault is about, or any of them. */
  failed(program: Program, fault: FaultData): void {
    const { span } = fault;
    const about = program.kernels.filter(({ tile }) => sourcesOf(tile).includes(span?.source ?? ""));
    for (const kernel of about.length > 0 ? about : program.kernels) {
      const used = this.#useCompiled(kernel, program);
      if (used !== undefined) used.fault = fault;
    }
  }

  /** The reports. Their texts can be asked of the shelf from now on. */
  all(shelf: KernelShelf): readonly KernelReport[] {
    return Array.from(this.#used.values(), (used) => {
      const { tile, launches, fault, ...rest } = used;
      const milliseconds = this.#milliseconds.get(used.key);
      const kept = [...launches.values()];
      shelf.put(
        { cell: this.cell, kernel: used.key },
        tile,
        kept.map(({ dispatch }) => dispatch),
      );
      return {
        ...rest,
        cell: this.cell,
        sources: sourcesOf(tile),
        launches: kept.map((launch) => launchOf(tile, launch)),
        ...(milliseconds === undefined ? {} : { milliseconds }),
        ...(fault === undefined ? {} : { fault }),
      };
    });
  }

  #useCompiled({ name, key, tile, counts }: CompiledKernel, { remarks }: Program): Used | undefined {
    return this.#use({ name, key, tile, counts: { ...counts }, remarks: distinct(remarks) });
  }

  #use(about: Pick<Used, "name" | "key" | "tile" | "counts" | "remarks">): Used | undefined {
    const known = this.#used.get(about.key);
    if (known !== undefined || this.#used.size >= limits.kernels) return known;
    const used: Used = {
      ...about,
      launches: new Map(),
      dispatches: 0,
      programs: 0,
      fault: undefined,
    };
    this.#used.set(about.key, used);
    return used;
  }
}

/* oxlint-disable no-param-reassign -- what is counted */
function countLaunch(used: Used, dispatch: Dispatch, outside: () => readonly FaultData[]): void {
  const { grid, scalars } = dispatch;
  const key = JSON.stringify([grid, scalars]);
  const known = used.launches.get(key);
  if (known !== undefined) known.times += 1;
  else if (used.launches.size < MOST_LAUNCHES) {
    used.launches.set(key, { first: used.dispatches, dispatch, times: 1 });
    used.remarks = withHazards(used, [...racesAtLaunch(used.tile, dispatch), ...outside()]);
  }
  used.dispatches += 1;
  used.programs += grid[0] * grid[1] * grid[2];
}
/* oxlint-enable no-param-reassign */

/** The remarks, and where this launch's programs write the same elements or leave a buffer; each place once. */
function withHazards({ remarks }: Used, hazards: readonly FaultData[]): readonly FaultData[] {
  const places = new Set(remarks.map(({ code, span }) => `${code} ${span?.start}`));
  const more = hazards.filter(({ code, span }) => !places.has(`${code} ${span?.start}`));
  return [...remarks, ...more].slice(0, MOST_REMARKS);
}

/** Each remark once: a line that stands in a loop is remarked on in each of its turns. */
function distinct(remarks: readonly FaultData[]): readonly FaultData[] {
  const kept = new Map(
    remarks.map((remark) => [`${remark.code} ${remark.span?.start} ${remark.message}`, remark]),
  );
  return [...kept.values()].slice(0, MOST_PROGRAM_REMARKS);
}

function launchOf(tile: TileKernel, { first, times, dispatch }: Launched): KernelLaunch {
  const names = scalarNames(tile);
  const scalars = dispatch.scalars.map((value, at) => ({ name: names[at] ?? `${at}`, value }));
  return { first, times, grid: dispatch.grid, scalars };
}

const known = new WeakMap<TileKernel, readonly string[]>();

/** The texts a kernel's ops come from, that of most ops first. */
function sourcesOf(tile: TileKernel): readonly string[] {
  const found = known.get(tile) ?? findSources(tile);
  known.set(tile, found);
  return found;
}

function findSources(tile: TileKernel): readonly string[] {
  const counts = new Map<string, number>();
  walkOps(tile.body, ({ span }) => {
    if (span !== undefined) counts.set(span.source, (counts.get(span.source) ?? 0) + 1);
  });
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]).map(([source]) => source);
  return sorted.slice(0, MOST_SOURCES);
}
