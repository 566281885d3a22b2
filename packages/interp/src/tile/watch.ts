import type { Place, PointerValue, ProgramId } from "./tile.ts";
import { TileTrap } from "./tile.ts";

/** How one element of a buffer is touched. */
export type Touch = "load" | "store" | "atomic";

export interface WatchOptions {
  /** Look for two programs that touch one element, at least one of them writing and not both by atomics. */
  readonly races?: boolean | undefined;
  /** Names of buffers that begin without meaning (outputs of the launch): loads of elements that nothing stored are found. */
  readonly fresh?: ReadonlySet<string> | undefined;
  /**
   * Hears of each op's first finding of each kind (`tile/race`, `tile/uninitialised`, `tile/store-conflict`), before the
   * element is touched. May throw to end the run there.
   */
  readonly found: (trap: TileTrap) => void;
}

/** Who touched each element of one buffer, as the number of a program plus one; 0 for nobody. */
interface Trace {
  readonly first: Readonly<Record<Touch, Int32Array>>;
  readonly lastWriter: Int32Array;
  /** The number of the store op that wrote the element last, so that lanes of one store that meet are seen. */
  readonly lastStore: Int32Array;
  readonly isFresh: boolean;
}

const rivals: Readonly<Record<Touch, readonly Touch[]>> = {
  load: ["store", "atomic"],
  store: ["store", "load", "atomic"],
  atomic: ["store", "load"],
};

const did: Readonly<Record<Touch, string>> = { load: "loads", store: "stores", atomic: "changes" };

/**
 * Sees every access to memory of a launch, program after program, and finds what a run in some other order could show.
 * Programs must run in the order of the grid, each once: only then the first to touch an element is all one need know.
 */
export class MemoryWatch {
  readonly #options: WatchOptions;
  readonly #grid: ProgramId;
  readonly #traces = new Map<PointerValue, Trace>();
  readonly #told = new Set<string>();
  #stores = 0;

  constructor(grid: ProgramId, options: WatchOptions) {
    this.#grid = grid;
    this.#options = options;
  }

  /** The last program that stored (or changed by an atomic) an element of the buffer with these values. */
  writerOf(values: Float64Array, element: number): ProgramId | undefined {
    for (const [pointer, trace] of this.#traces) {
      const who = pointer.values === values ? (trace.lastWriter[element] ?? 0) : 0;
      if (who > 0) return this.#program(who - 1);
    }
    return undefined;
  }

  /** A store op begins: what its lanes do to each other is looked at. */
  beginStore(): void {
    this.#stores += 1;
  }

  /** A lane touches an element. `stored` is what a store is about to put there. */
  touch(
    how: Touch,
    pointer: PointerValue,
    { at, lane, stored }: { readonly at: number; readonly lane: number; readonly stored?: number },
    place: Place,
  ): void {
    const trace = this.#trace(pointer);
    const who = linear(place.program, this.#grid) + 1;
    const seen = { pointer, at, lane, place };
    if (how === "load" && trace.isFresh && trace.lastWriter[at] === 0) this.#tell(uninitialised(seen));
    if (this.#options.races === true) this.#findRace(how, trace, who, seen);
    if (stored !== undefined) this.#findConflict(trace, seen, stored);
    if (trace.first[how][at] === 0) trace.first[how][at] = who;
    if (how !== "load") trace.lastWriter[at] = who;
  }

  #findConflict(trace: Trace, seen: Seen, stored: number): void {
    const { pointer, at } = seen;
    const meets = trace.lastStore[at] === this.#stores;
    if (meets && !Object.is(pointer.values[at], stored)) this.#tell(conflict(seen, stored));
    trace.lastStore[at] = this.#stores;
  }

  #findRace(how: Touch, trace: Trace, who: number, seen: Seen): void {
    for (const rival of rivals[how]) {
      const other = trace.first[rival][seen.at] ?? 0;
      if (other === 0 || other === who) continue;
      const program = `program ${this.#program(other - 1).join(", ")}`;
      this.#tell(race(`${program} ${did[rival]}`, did[how], seen));
      return;
    }
  }

  /** Each op's first finding of a kind: the next million say no more. */
  #tell(trap: TileTrap): void {
    const key = `${trap.code} ${trap.span?.source} ${trap.span?.start} ${trap.span?.end}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.found(trap);
  }

  #program(index: number): ProgramId {
    const [x, y] = this.#grid;
    return [index % x, Math.floor(index / x) % y, Math.floor(index / (x * y))];
  }

  #trace(pointer: PointerValue): Trace {
    const known = this.#traces.get(pointer);
    if (known !== undefined) return known;
    const nobody = (): Int32Array => new Int32Array(pointer.values.length);
    const trace: Trace = {
      first: { load: nobody(), store: nobody(), atomic: nobody() },
      lastWriter: nobody(),
      lastStore: nobody(),
      isFresh: this.#options.fresh?.has(pointer.name) ?? false,
    };
    this.#traces.set(pointer, trace);
    return trace;
  }
}

interface Seen {
  readonly pointer: PointerValue;
  readonly at: number;
  readonly lane: number;
  readonly place: Place;
}

function linear([x, y, z]: ProgramId, [width, height]: ProgramId): number {
  return x + width * (y + height * z);
}

function race(rival: string, own: string, { pointer, at, lane, place }: Seen): TileTrap {
  const element = `${pointer.name}[${at}]`;
  const message = `${rival} ${element}, which program ${place.program.join(", ")} ${own} too`;
  const hint =
    "programs run in any order: give each its own elements, use atomics, or split the kernel in two";
  return new TileTrap("tile/race", message, { ...place, lane, hint });
}

function uninitialised({ pointer, at, lane, place }: Seen): TileTrap {
  const who = `program ${place.program.join(", ")}`;
  const message = `${who} loads ${pointer.name}[${at}], which nothing has stored`;
  const hint = "a new buffer is all zeros before the launch; store first, or mask the load";
  return new TileTrap("tile/uninitialised", message, { ...place, lane, hint });
}

function conflict({ pointer, at, lane, place }: Seen, stored: number): TileTrap {
  const values = `${pointer.values[at]} and ${stored}`;
  const message = `one store puts ${values} into ${pointer.name}[${at}] (program ${place.program.join(", ")})`;
  const hint = "which of them stays is up to the GPU: let each lane have its own place, or use an atomic";
  return new TileTrap("tile/store-conflict", message, { ...place, lane, hint });
}
