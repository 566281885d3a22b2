/** What is to run: `programs` programs of the kernel that `key` names. The same key means about the same time per program. */
export interface Work {
  readonly key: string;
  /** Where another key of the same family was measured, this one's cost follows from it, until it is measured itself. */
  readonly family?: Family;
  readonly programs: number;
  /** Bytes of its uniform block. */
  readonly uniformBytes: number;
}

/** One kernel, launched with other numbers. */
export interface Family {
  readonly name: string;
  /** Most turns that the loops of a thread take together with these numbers; infinite where that is not known. */
  readonly turns: () => number;
}

/** Programs [base, base + count) of work number `work`. */
export interface Piece {
  readonly work: number;
  readonly base: number;
  readonly count: number;
}

export interface SliceLimits {
  /** Aim of one submit, in milliseconds of GPU time. */
  readonly budgetMs: number;
  /** Programs of a kernel that was never measured. */
  readonly probe: number;
  /** A piece has at most this many times the programs of the largest piece measured so far. */
  readonly growth: number;
  readonly mostPieces: number;
  /** A piece has at most this many programs, however fast they are. */
  readonly mostPrograms: number;
  /** Bytes of the uniform arena: the blocks of one submit must fit, at 256 bytes or more each. */
  readonly arenaBytes: number;
}

export const sliceLimits: SliceLimits = {
  budgetMs: 50,
  probe: 16,
  growth: 8,
  mostPieces: 64,
  mostPrograms: Infinity,
  arenaBytes: 65536,
};

interface Estimate {
  /** Milliseconds per program. */
  readonly cost: number;
  /** Programs of the largest piece measured. */
  readonly most: number;
}

const mostEstimates = 4096;

/** What is guessed is this many times what another launch says. */
const caution = 4;

/** Times below this are noise of the clock and the queue. */
const leastMs = 0.02;

/** What each kernel has cost so far: milliseconds per program, by key. */
export class CostModel {
  readonly #estimates = new Map<string, Estimate>();
  /** Of each family, what was measured last. */
  readonly #families = new Map<string, { readonly key: string; readonly turns: () => number }>();
  readonly #overheadMs: number;

  /** `overheadMs` is what an empty submit takes from start to finish. */
  constructor(overheadMs = 0) {
    this.#overheadMs = overheadMs;
  }

  estimate(key: string): Estimate | undefined {
    return this.#estimates.get(key);
  }

  /** What this work was measured to cost, or the same kernel with other numbers and as many turns of its loops. */
  of(work: Work): Estimate | undefined {
    const own = this.#estimates.get(work.key);
    if (own !== undefined) return own;
    const relative = this.#relative(work);
    if (relative?.longer !== 1) return undefined;
    this.#keep(work.key, relative.estimate);
    return relative.estimate;
  }

  /** What a launch that was never measured should cost at most, where the same kernel was measured with other turns. */
  guess(work: Work): Estimate | undefined {
    const relative = this.#relative(work);
    if (relative === undefined) return undefined;
    const { estimate, longer } = relative;
    return { cost: estimate.cost * caution * Math.max(1, longer), most: estimate.most };
  }

  #relative({ family }: Work): { readonly estimate: Estimate; readonly longer: number } | undefined {
    const relative = family === undefined ? undefined : this.#families.get(family.name);
    const estimate = this.#estimates.get(relative?.key ?? "");
    if (family === undefined || relative === undefined || estimate === undefined) return undefined;
    const longer = (1 + family.turns()) / (1 + relative.turns());
    return Number.isFinite(longer) && longer > 0 ? { estimate, longer } : undefined;
  }

  /** `pieces` took `ms` together, from submit to notice. */
  record(work: readonly Work[], pieces: readonly Piece[], ms: number): void {
    this.learn(work, pieces, ms - this.#overheadMs);
  }

  /** `pieces` took `ms` of the device. An overrun counts at once; a faster run is believed up to twice its time. */
  learn(work: readonly Work[], pieces: readonly Piece[], ms: number): void {
    const measured = Math.max(ms, leastMs);
    const expected = pieces.map((piece) => this.#expect(work, piece));
    const known = expected.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    const unknown = pieces.reduce((sum, piece, i) => sum + (expected[i] === undefined ? piece.count : 0), 0);
    const rest = Math.max(measured - known, unknown === 0 ? 0 : leastMs);
    pieces.forEach((piece, i) => {
      const before = expected[i];
      const share = before === undefined ? (rest * piece.count) / unknown : (measured * before) / known;
      this.#learn(work[piece.work], piece.count, share / piece.count);
    });
  }

  /** Milliseconds that `pieces` are expected to take; nothing when one of them is larger than any of its kind so far. */
  known(work: readonly Work[], pieces: readonly Piece[]): number | undefined {
    let sum = 0;
    for (const piece of pieces) {
      const estimate = this.#estimateOf(work[piece.work]);
      if (estimate === undefined || piece.count > estimate.most) return undefined;
      sum += estimate.cost * piece.count;
    }
    return sum;
  }

  #estimateOf(work: Work | undefined): Estimate | undefined {
    return work === undefined ? undefined : this.of(work);
  }

  #expect(work: readonly Work[], piece: Piece): number | undefined {
    const estimate = this.#estimateOf(work[piece.work]);
    return estimate === undefined ? undefined : estimate.cost * piece.count;
  }

  #learn(work: Work | undefined, count: number, cost: number): void {
    if (work === undefined) return;
    const { key, family } = work;
    const old = this.of(work);
    if (family !== undefined) this.#families.set(family.name, { key, turns: family.turns });
    const next =
      old === undefined || cost >= old.cost ? cost : Math.max(cost, Math.min(old.cost / 2, cost * 2));
    this.#keep(key, { cost: next, most: Math.max(count, old?.most ?? 0) });
  }

  /** Seeds and sizes make ever new keys: the oldest go. */
  #keep(key: string, estimate: Estimate): void {
    this.#estimates.set(key, estimate);
    const [oldest] = this.#estimates.keys();
    if (this.#estimates.size > mostEstimates && oldest !== undefined) this.#estimates.delete(oldest);
  }
}

/**
 * Cuts a list of work into submits of at most `budgetMs`, in order. Small works share a submit; a large one is cut.
 * A kernel that was never measured ends its submit after `probe` programs, so that it is measured before more of it runs; after
 * more where it was measured with other numbers.
 */
export class Slicer {
  readonly #work: readonly Work[];
  readonly #model: CostModel;
  readonly #limits: SliceLimits;
  #at = 0;
  #base = 0;

  constructor(work: readonly Work[], model: CostModel, limits: SliceLimits = sliceLimits) {
    this.#work = work;
    this.#model = model;
    this.#limits = limits;
  }

  /** Nothing is left to run. */
  get done(): boolean {
    return this.#skipEmpty() === undefined;
  }

  /** The pieces of the next submit, or nothing when all is done. Record the time of a submit before asking for the next. */
  next(): readonly Piece[] {
    const pieces: Piece[] = [];
    let leftMs = this.#limits.budgetMs;
    let leftBytes = this.#limits.arenaBytes;
    for (let work = this.#skipEmpty(); work !== undefined; work = this.#skipEmpty()) {
      const estimate = this.#model.of(work);
      const room = this.#room(work, leftMs, pieces.length === 0);
      leftBytes -= Math.ceil(work.uniformBytes / 256) * 256;
      if (room < 1 || pieces.length >= this.#limits.mostPieces || leftBytes < 0) break;
      const count = Math.min(room, work.programs - this.#base);
      pieces.push({ work: this.#at, base: this.#base, count });
      this.#base += count;
      if (estimate === undefined || this.#base < work.programs) break;
      leftMs -= count * estimate.cost;
    }
    return pieces;
  }

  #room(work: Work, leftMs: number, first: boolean): number {
    const { probe, growth, mostPrograms } = this.#limits;
    const known = this.#model.of(work);
    if (known === undefined && !first) return 0;
    const estimate = known ?? this.#model.guess(work);
    if (estimate === undefined) return probe;
    const fits = Math.floor(leftMs / estimate.cost);
    return Math.min(first ? Math.max(fits, 1) : fits, estimate.most * growth, mostPrograms);
  }

  #skipEmpty(): Work | undefined {
    for (let work = this.#work[this.#at]; work !== undefined; work = this.#work[this.#at]) {
      if (this.#base < work.programs) return work;
      this.#at += 1;
      this.#base = 0;
    }
    return undefined;
  }
}
