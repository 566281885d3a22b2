import { type Clock, faultData, realClock } from "@tilebook/base";
import type { Choice, CompiledKernel, Config, Program } from "@tilebook/compiler";
import type { DeviceReport } from "../executor.ts";
import { configNamed, configText } from "./config-text.ts";
import { GoingOver } from "./going-over.ts";
import { HeldLaunch, type TuningDevice } from "./held-launch.ts";
import { Stand, type Turn } from "./stand.ts";
import { offered, type TuningRecord } from "./record.ts";
import { slowForRelatives, type Tried } from "./relatives.ts";
import { measuredOn, TuningTable } from "./table.ts";
import { Trial } from "./trial.ts";
import { inShort, type KernelTuning } from "./tuning.ts";

/** Launches that are remembered so that they can be tried. */
const mostLaunches = 256;
/** No kernel is tried for longer, by default. */
const eachMs = 120_000;
/** So many winners of other devices are told and tried first. */
const mostElsewhere = 8;

export interface TunerOptions {
  readonly gpu: TuningDevice & { report(): DeviceReport };
  readonly clock?: Clock;
  /** By default the device may always be used. */
  readonly turn?: Turn;
  /** Hears that `progress`, `tunable` or the table have changed. */
  readonly changed?: () => void;
}

export interface TuneOptions {
  /** Keys of choices. By default all that are not tuned yet. */
  readonly keys?: readonly string[];
  /** Only launches that have taken so much GPU time, in milliseconds, since they were first seen. */
  readonly leastMs?: number;
  /** No more candidates are tried after so long. */
  readonly withinMs?: number;
}

/** What is being tried. */
export interface TuneProgress {
  readonly key: string;
  readonly kernel: string;
  readonly done: number;
  readonly of: number;
}

/** A launch that was seen, with more than one way to go. */
export interface Tunable {
  readonly key: string;
  readonly kernel: string;
  /** The cell that launched it, where that is known. */
  readonly source?: string;
  /** Programs of the launch, along each side. */
  readonly grid: readonly number[];
  /** GPU time of all launches of its kernel, as far as it was measured. */
  readonly costMs: number;
  /** How many different configs there are. */
  readonly configs: number;
  /** The config that is used, as text. */
  readonly used: string;
  /** The config that is pinned, as text. It is used if it is one of `configs`. */
  readonly pinned?: string;
  readonly tuning?: KernelTuning;
  /** What the notebook says was the fastest on such a device. It is used where nothing was measured here. */
  readonly recorded?: TuningRecord;
  /** What was the fastest on other devices, of what is offered here. */
  readonly elsewhere?: readonly TuningRecord[];
  /** Why it could not be tried the last time. */
  readonly trouble?: string;
}

interface Seen {
  readonly id: string;
  readonly program: Program;
  readonly at: number;
  readonly choice: Choice;
  readonly kernel: CompiledKernel;
}

/**
 * Chooses among the ways that the compiler offers, by what was measured on this device. Nothing waits for it: what was never
 * tried goes the first way.
 */
export class Tuner {
  readonly table: TuningTable;
  readonly #options: TunerOptions;
  readonly #clock: Clock;
  readonly #pins = new Map<string, string>();
  #records: readonly TuningRecord[] = [];
  readonly #seen = new Map<string, Seen>();
  readonly #troubles = new Map<string, string>();
  /** Milliseconds of GPU time by kernel key. */
  readonly #costs = new Map<string, number>();
  readonly #goingOver: GoingOver;
  readonly #compiling = new WeakMap<Choice, Map<Config, boolean>>();
  #progress: TuneProgress | undefined;
  #stop: AbortController | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: TunerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    const changed = (): void => options.changed?.();
    this.#goingOver = new GoingOver({ gpu: options.gpu, clock: this.#clock, changed });
    this.table = new TuningTable(measuredOn(options.gpu.report(), options.gpu.target()));
  }

  /** For `compileGraph`. Gives only configs that the choice itself declares, and that compile. */
  readonly choose = (choice: Choice): Config | undefined => {
    const known = this.#pins.size + this.table.size + this.#records.length + this.#goingOver.size;
    if (known === 0) return undefined;
    const pinned = this.#pins.get(choice.key);
    const config = pinned === undefined ? this.#best(choice) : configNamed(choice, pinned);
    return config !== undefined && this.#compiles(choice, config) ? config : undefined;
  };

  /** A table of an earlier build may name a config that this one cannot make. A choice is asked about at each step of a training. */
  #compiles(choice: Choice, config: Config): boolean {
    const known = this.#compiling.get(choice) ?? new Map<Config, boolean>();
    const found = known.get(config) ?? compiles(choice, config);
    this.#compiling.set(choice, known.set(config, found));
    return found;
  }

  get progress(): TuneProgress | undefined {
    return this.#progress;
  }

  /** A program has run: its launches can be tried from now on, as long as their inputs are there. */
  consider(program: Program): void {
    for (const [at, { kernel: place, choice, grid, scalars }] of program.dispatches.entries()) {
      const kernel = program.kernels[place];
      if (choice === undefined || kernel === undefined || speaks(kernel)) continue;
      this.#goingOver.ran(choice);
      const id = [kernel.key, ...grid, ...scalars].join(" ");
      this.#see({ id, program, at, choice, kernel });
    }
  }

  /** Launches of the kernel with this key have taken so much GPU time. */
  took(kernel: string, milliseconds: number): void {
    const costMs = this.#costOf(kernel) + milliseconds;
    this.#costs.delete(kernel);
    this.#costs.set(kernel, costMs);
    for (const oldest of this.#costs.keys()) {
      if (this.#costs.size <= mostLaunches) break;
      this.#costs.delete(oldest);
    }
  }

  /** Launches that were seen, the dearest first; of those with one key, the dearest one. */
  tunable(): readonly Tunable[] {
    return this.#dearest().map((seen) => this.#tunableOf(seen));
  }

  #tunableOf({ id, choice, kernel, program, at }: Seen): Tunable {
    const { key, configs, first } = choice;
    const source = program.dispatches[at]?.span?.source ?? kernel.tile.span?.source;
    const [pinned, tuning, trouble] = [this.#pins.get(key), this.table.get(key), this.#troubles.get(id)];
    const [recorded, elsewhere] = [this.#recorded(choice), this.#elsewhere(choice)];
    return {
      key,
      kernel: inShort(kernel.name),
      grid: program.dispatches[at]?.grid ?? [],
      costMs: this.#costOf(kernel.key),
      configs: new Set(configs.map(configText)).size,
      used: configText(this.choose(choice) ?? first),
      ...(source === undefined ? {} : { source }),
      ...(pinned === undefined ? {} : { pinned }),
      ...(tuning === undefined ? {} : { tuning }),
      ...(recorded === undefined ? {} : { recorded }),
      ...(elsewhere.length === 0 ? {} : { elsewhere }),
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  /** Tries what was seen and is not tuned yet, one launch after the other. Resolves when that is done or stopped. */
  settle(options: TuneOptions = {}): Promise<void> {
    const settled = this.#last.then(() => this.#settle(options));
    this.#last = settled.catch(() => undefined);
    return settled;
  }

  /** Whether `settle` would find something to do. */
  wants(options: TuneOptions = {}): boolean {
    return this.#wanted(options).length > 0;
  }

  /** What is being tried is left as it is: what was found by then is kept, and nothing is replaced. */
  stop(): void {
    this.#stop?.abort();
  }

  /** From now on these configs, whatever is measured, and no other pins. */
  pinOnly(pins: readonly { readonly key: string; readonly config: string }[]): void {
    this.#pins.clear();
    for (const { key, config } of pins) this.#pins.set(key, config);
    this.#options.changed?.();
  }

  /** From now on what a notebook says was the fastest somewhere, and nothing that it said before. */
  recordOnly(records: readonly TuningRecord[]): void {
    this.#records = records;
    this.#options.changed?.();
  }

  /** What was measured is forgotten: the first way is taken again. */
  forget(key: string): void {
    this.table.delete(key);
    this.#options.changed?.();
  }

  /** The latest launch of its kind is the one whose inputs are most likely still there. */
  #see(seen: Seen): void {
    this.#seen.delete(seen.id);
    this.#troubles.delete(seen.id);
    this.#seen.set(seen.id, seen);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= mostLaunches) break;
      this.#seen.delete(oldest);
    }
  }

  async #settle(options: TuneOptions): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    const end = this.#clock.now() + (options.withinMs ?? Infinity);
    try {
      for (const seen of this.#wanted(options)) {
        if (stop.signal.aborted || this.#clock.now() >= end) break;
        await this.#tune(seen, { signal: stop.signal, end: Math.min(end, this.#clock.now() + eachMs) });
      }
    } finally {
      this.#stop = undefined;
      this.#tell(undefined);
    }
  }

  #wanted({ keys, leastMs }: TuneOptions): readonly Seen[] {
    return this.#dearest().filter(({ id, kernel, choice }) => {
      const { key, configs } = choice;
      if (keys !== undefined) return keys.includes(key);
      if (this.#troubles.has(id) || this.#pins.has(key)) return false;
      // What was left in the middle is taken up again only where somebody asks for all.
      const known = this.table.get(key);
      const isKnown = known !== undefined || this.#recorded(choice) !== undefined;
      const open = leastMs === undefined ? known?.complete !== true : !isKnown;
      return open && this.#costOf(kernel.key) >= (leastMs ?? 0) && configs.length > 1;
    });
  }

  #dearest(): readonly Seen[] {
    const byKey = new Map<string, Seen>();
    for (const seen of this.#seen.values()) {
      const known = byKey.get(seen.choice.key);
      if (known === undefined || this.#compare(seen, known) <= 0) byKey.set(seen.choice.key, seen);
    }
    return Array.from(byKey.values()).toSorted((a, b) => this.#compare(a, b));
  }

  /** The dearer one first. */
  #compare(a: Seen, b: Seen): number {
    return this.#costOf(b.kernel.key) - this.#costOf(a.kernel.key);
  }

  #costOf(kernel: string): number {
    return this.#costs.get(kernel) ?? 0;
  }

  async #tune(seen: Seen, until: { readonly signal: AbortSignal; readonly end: number }): Promise<void> {
    const { choice, kernel, program, at } = seen;
    const { gpu, turn = always } = this.#options;
    const { key } = choice;
    const name = inShort(kernel.name);
    const progress = (done: number, of: number): void => this.#tell({ key, kernel: name, done, of });
    progress(0, new Set(choice.configs.map(configText)).size);
    let launch: HeldLaunch | undefined;
    let trial: Trial | undefined;
    try {
      await turn();
      launch = await HeldLaunch.open(gpu, program, at, until.signal);
      trial = new Trial({
        choice,
        target: gpu.target(),
        incumbent: this.#best(choice) ?? choice.first,
        promising: this.#elsewhere(choice).flatMap(({ config }) => configNamed(choice, config) ?? []),
        slow: slowForRelatives(choice, this.#tried()),
        stand: new Stand({ gpu, clock: this.#clock, launch, signal: until.signal, turn }),
        signal: until.signal,
        enough: () => this.#clock.now() >= until.end,
        tried: progress,
      });
      this.table.put(await trial.run());
    } catch (error) {
      if (!until.signal.aborted) this.#troubles.set(seen.id, troubleOf(error));
      this.#keep(trial?.result);
    } finally {
      launch?.free();
    }
  }

  /** What a trial found that has not come to its end, where no other one did. */
  #keep(found: KernelTuning | undefined): void {
    if (found === undefined || found.candidates.length === 0) return;
    if (this.table.get(found.key)?.complete !== true) this.table.put(found);
  }

  #best(choice: Choice): Config | undefined {
    return this.#known(choice) ?? this.#goingOver.of(choice);
  }

  /** What was the fastest on such a device: here, or where the notebook was before. */
  #known(choice: Choice): Config | undefined {
    const text = this.table.get(choice.key)?.winner ?? this.#recorded(choice)?.config;
    return text === undefined ? undefined : configNamed(choice, text);
  }

  /** The fastest that the notebook tells of, on such a device. */
  #recorded(choice: Choice): TuningRecord | undefined {
    return offered(choice, this.#records).find(({ device }) => device === this.table.device);
  }

  #tried(): readonly Tried[] {
    return this.#dearest().flatMap(({ choice }) => {
      const tuning = this.table.get(choice.key);
      return tuning === undefined ? [] : [{ choice, tuning }];
    });
  }

  #elsewhere(choice: Choice): readonly TuningRecord[] {
    const records = [...this.#records, ...this.table.elsewhere(choice.key)];
    const others = records.filter(({ device }) => device !== this.table.device);
    return offered(choice, others).slice(0, mostElsewhere);
  }

  #tell(progress: TuneProgress | undefined): void {
    this.#progress = progress;
    this.#options.changed?.();
  }
}

function troubleOf(error: unknown): string {
  const { code, message } = faultData(error);
  return code === "executor/unknown-tensor"
    ? "what it read is gone; a launch whose inputs a cell keeps can be tried"
    : inShort(message);
}

const never = new AbortController().signal;

function always(): Promise<AbortSignal> {
  return Promise.resolve(never);
}

/** Prints and asserts of a kernel are for people who look at it; loops that are watched say nothing where all goes well. */
function speaks({ sites }: CompiledKernel): boolean {
  return sites.some(({ turns }) => turns !== true);
}

function compiles(choice: Choice, config: Config): boolean {
  try {
    choice.make(config);
    return true;
  } catch {
    return false;
  }
}
