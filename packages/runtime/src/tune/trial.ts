import { faultData } from "@tilebook/base";
import { type Choice, type Config, type Step, stepsOf, type Target, type Way } from "@tilebook/compiler";
import { configText } from "./config-text.ts";
import { compare, isHopeless, median, type Verdict, whyPruned } from "./decide.ts";
import { whyWrong } from "./same-result.ts";
import type { Stand, Written } from "./stand.ts";
import { type Candidate, inShort, type KernelTuning } from "./tuning.ts";

/** The first config may take so long: all others are compared with it. */
const firstMs = 60_000;
/** Each other: whatever a measurement takes, and so many times the best. */
const [otherMs, otherTimes] = [2_000, 20];
const samplesEach = 4;
/** So many others as the incumbent are measured with it in turns in the end. */
const mostFinalists = 3;
/** They take so many turns, and more while they leave it open. */
const [fewestTurns, mostTurns, samplesATurn] = [3, 9, 2];

export interface TrialSetup {
  readonly choice: Choice;
  readonly target: Target;
  /** What is used now: it stays unless another is faster. */
  readonly incumbent: Config;
  /** Tried before the others: time may be up before all are. */
  readonly promising: readonly Config[];
  /** Configs, as text, that were so many times as slow as the best for a kernel that does nearly the same: not tried. */
  readonly slow?: ReadonlyMap<string, number>;
  readonly stand: Pick<Stand, "compile" | "once" | "again">;
  readonly signal: AbortSignal;
  /** True when no more candidates are to be tried; the best so far are still compared with the incumbent, as briefly as may be. */
  readonly enough: () => boolean;
  readonly tried: (done: number, of: number) => void;
}

/** A candidate that ran and was right. */
interface Runner {
  /** Its place among the candidates. */
  readonly at: number;
  readonly way: Way;
  readonly ms: number;
}

type Found = Pick<Candidate, "status"> & Partial<Candidate>;

/** Tries the configs of one choice on one launch, one after the other, and finds whether another should be used. */
export class Trial {
  readonly #setup: TrialSetup;
  readonly #candidates: Candidate[] = [];
  readonly #runners: Runner[] = [];
  /** Codes that were met, and the config of each. */
  readonly #met = new Map<string, string>();
  /** What the first config gave: that is right. */
  #right: readonly Written[] | undefined;
  #clock: KernelTuning["clock"] = "wall";
  /** Prints and asserts of the first one. Another one has more when its loops are watched. */
  #sites = 0;
  #kernel = "";

  constructor(setup: TrialSetup) {
    this.#setup = setup;
  }

  /** Throws when it is stopped: `result` has what is known by then. */
  async run(): Promise<KernelTuning> {
    const { choice, incumbent, promising, enough, tried } = this.#setup;
    const configs = inOrder(choice, [incumbent, ...promising]);
    tried(0, configs.length);
    for (const config of configs) {
      if (this.#candidates.length >= 2 && enough()) break;
      this.#candidates.push({ config: configText(config), ...(await this.#try(config)) });
      tried(this.#candidates.length, configs.length);
      if (this.#right === undefined) break;
    }
    const winner = await this.#winner();
    const complete = this.#right === undefined || this.#candidates.length === configs.length;
    return { ...this.result, winner, complete };
  }

  /** What is known so far. */
  get result(): KernelTuning {
    return {
      key: this.#setup.choice.key,
      kernel: this.#kernel,
      winner: this.#defender,
      clock: this.#clock,
      complete: false,
      candidates: Array.from(this.#candidates),
    };
  }

  async #try(config: Config): Promise<Found> {
    let about: Partial<Candidate> = {};
    try {
      const way = this.#setup.choice.make(config);
      about = countsOf(way);
      this.#kernel ||= inShort(way.kernel.name);
      return { ...about, ...(this.#spared(config, way) ?? (await this.#measure(way))) };
    } catch (error) {
      if (this.#setup.signal.aborted) throw error;
      return { ...about, status: "failed", reason: inShort(faultData(error).message) };
    }
  }

  /** Why it need not run. The first one always does: it says what is right. */
  #spared(config: Config, way: Way): Found | undefined {
    const { kernel } = way;
    const code = stepsOf(way).map(codeOf).join(" ");
    const same = this.#met.get(code);
    if (same !== undefined) return { status: "same", reason: `the same code as ${same}` };
    this.#met.set(code, configText(config));
    if (this.#right === undefined) {
      this.#sites = kernel.sites.length;
      return undefined;
    }
    const reason =
      this.#whySlow(config) ??
      (kernel.sites.length > this.#sites
        ? "its loops are so long that this device may cut them"
        : stepsOf(way)
            .map((step) => whyPruned(step.kernel, this.#setup.target))
            .find((why) => why !== undefined));
    return reason === undefined ? undefined : { status: "pruned", reason };
  }

  #whySlow(config: Config): string | undefined {
    const { slow, incumbent } = this.#setup;
    const times = slow?.get(configText(config));
    return times === undefined || configText(config) === configText(incumbent)
      ? undefined
      : `a kernel that does nearly the same takes ${times.toFixed(1)} times as long as at best`;
  }

  async #measure(way: Way): Promise<Found> {
    const { stand } = this.#setup;
    await stand.compile(way);
    const best = Math.min(...this.#runners.map(({ ms }) => ms));
    const limitMs = this.#right === undefined ? firstMs : otherMs + otherTimes * best;
    const { samples, written, clock } = await stand.once(way, limitMs);
    this.#clock = clock;
    this.#right ??= written;
    const reason = differs(this.#right, written);
    if (reason !== undefined) return { status: "wrong", reason };
    if (isHopeless(Math.min(...samples), best))
      return { status: "slow", ...timesOf(samples), reason: "more than three times the best" };
    const all = [...samples, ...(await stand.again(way, samplesEach))];
    // What else the device does only adds to a time: the least of them says most.
    this.#runners.push({ at: this.#candidates.length, way, ms: Math.min(...all) });
    return { status: "measured", ...timesOf(all) };
  }

  /** What stays unless another is faster: the incumbent, or the first config where the incumbent is not right any more. */
  get #defender(): string {
    const { choice, incumbent } = this.#setup;
    const text = configText(incumbent);
    const found = this.#candidates.find(({ config }) => config === text);
    return found === undefined || found.status === "measured" ? text : configText(choice.first);
  }

  /** The config to use: the defender, or the fastest other one where it is faster when they are measured in turns. */
  async #winner(): Promise<string> {
    const text = this.#defender;
    const incumbent = this.#runners.find(({ at }) => this.#candidates[at]?.config === text);
    const others = this.#runners.filter((runner) => runner !== incumbent).toSorted((a, b) => a.ms - b.ms);
    if (incumbent === undefined || others.length === 0) return text;
    const winner = await this.#finals(incumbent, others.slice(0, mostFinalists));
    return this.#candidates[winner.at]?.config ?? text;
  }

  /** All take turns, so that what else the device does meets each of them; until it is clear whether another is faster. */
  async #finals(incumbent: Runner, others: readonly Runner[]): Promise<Runner> {
    const all = [incumbent, ...others].map((runner) => ({ runner, samples: new Array<number>() }));
    const [old, ...young] = all;
    let fastest = old;
    for (let turn = 1; turn <= mostTurns; turn++) {
      for (const { runner, samples } of all)
        samples.push(...(await this.#setup.stand.again(runner.way, samplesATurn)));
      [fastest = old] = young.toSorted((a, b) => median(a.samples) - median(b.samples));
      if (turn >= fewestTurns && (verdictOf(fastest, old) !== "unsure" || this.#setup.enough())) break;
    }
    for (const { runner, samples } of all) this.#note(runner, samples);
    return fastest !== undefined && verdictOf(fastest, old) === "faster" ? fastest.runner : incumbent;
  }

  #note({ at }: Runner, samples: readonly number[]): void {
    const candidate = this.#candidates[at];
    if (candidate !== undefined) this.#candidates[at] = { ...candidate, ...timesOf(samples) };
  }
}

type Samples = { readonly samples: readonly number[] } | undefined;

function verdictOf(young: Samples, old: Samples): Verdict {
  return compare(young?.samples ?? [], old?.samples ?? []);
}

/** The first one, what is used now and what is promising, then the others as they are declared. */
function inOrder({ first, configs }: Choice, early: readonly Config[]): readonly Config[] {
  const all = new Map([first, ...early, ...configs].map((config) => [configText(config), config]));
  return Array.from(all.values());
}

function codeOf({ kernel, grid, scalars }: Step): string {
  return [kernel.wgsl, ...grid, ...scalars].join(" ");
}

/** Of two launches: the most that a thread or a workgroup of either needs, and both texts. */
function countsOf(way: Way): Partial<Candidate> {
  const kernels = stepsOf(way).map(({ kernel }) => kernel);
  return {
    registers: Math.max(...kernels.map(({ counts }) => counts.registers)),
    workgroupBytes: Math.max(...kernels.map(({ counts }) => counts.workgroupBytes)),
    wgslBytes: kernels.reduce((sum, { wgsl }) => sum + wgsl.length, 0),
  };
}

function timesOf(samples: readonly number[]): Pick<Candidate, "milliseconds" | "samples"> {
  return { milliseconds: median(samples), samples };
}

function differs(right: readonly Written[], written: readonly Written[]): string | undefined {
  for (const [at, { dtype, bytes }] of right.entries()) {
    const reason = whyWrong(dtype, bytes, written[at]?.bytes ?? new Uint8Array());
    if (reason !== undefined) return reason;
  }
  return undefined;
}
