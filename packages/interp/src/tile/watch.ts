import { Fault, type FaultData, faultData, type Span } from "@tilebook/base";
import type { Place, PointerValue, ProgramId } from "./tile.ts";

/** How one element of a buffer is touched. */
export type Touch = "load" | "store" | "atomic";

export interface WatchOptions {
  /** Two programs that touch one element, at least one of them writing and not both by atomics, end the run (`tile/race`). */
  readonly races: boolean;
  /** Names of buffers that begin without meaning (outputs of the launch): loading an element nobody stored is remarked. */
  readonly fresh: ReadonlySet<string>;
}

/** Who touched each element of one buffer: the number of a program plus one, 0 for nobody, -1 for several. */
interface Trace {
  readonly readers: Int32Array;
  readonly writers: Int32Array;
  readonly adders: Int32Array;
  readonly fresh: boolean;
}

/** Sees every access to memory of a launch, program after program, and finds what only shows between programs. */
export class MemoryWatch {
  readonly #options: WatchOptions;
  readonly #grid: ProgramId;
  readonly #traces = new Map<PointerValue, Trace>();
  #uninitialised: FaultData | undefined;

  constructor(grid: ProgramId, options: WatchOptions) {
    this.#grid = grid;
    this.#options = options;
  }

  /** The first load of an element that nobody had stored. */
  get uninitialised(): FaultData | undefined {
    return this.#uninitialised;
  }

  touch(how: Touch, pointer: PointerValue, at: number, place: Place): void {
    const trace = this.#trace(pointer);
    const who = linear(place.program, this.#grid) + 1;
    if (how === "load" && trace.fresh && trace.writers[at] === 0 && trace.adders[at] === 0)
      this.#uninitialised ??= faultData(uninitialised(pointer, at, place));
    if (this.#options.races) this.#check(how, { pointer, trace, at, who }, place);
    const kept = how === "load" ? trace.readers : how === "store" ? trace.writers : trace.adders;
    const before = kept[at];
    kept[at] = before === 0 || before === who ? who : -1;
  }

  #check(
    how: Touch,
    { pointer, trace, at, who }: { pointer: PointerValue; trace: Trace; at: number; who: number },
    place: Place,
  ): void {
    const rivals = {
      load: [trace.writers, trace.adders],
      store: [trace.writers, trace.readers, trace.adders],
      atomic: [trace.writers, trace.readers],
    };
    for (const kept of rivals[how]) {
      const other = kept[at] ?? 0;
      if (other === 0 || other === who) continue;
      const did = kept === trace.readers ? "loads" : kept === trace.writers ? "stores" : "adds";
      const rival = other < 0 ? "another program" : `program ${this.#named(other - 1)}`;
      throw race(
        `${rival} ${did} ${pointer.name}[${at}], which program ${place.program.join(", ")} ${how}s`,
        place.span,
      );
    }
  }

  #named(index: number): string {
    const [x, y] = this.#grid;
    return [index % x, Math.floor(index / x) % y, Math.floor(index / (x * y))].join(", ");
  }

  #trace(pointer: PointerValue): Trace {
    const known = this.#traces.get(pointer);
    if (known !== undefined) return known;
    const size = pointer.values.length;
    const trace: Trace = {
      readers: new Int32Array(size),
      writers: new Int32Array(size),
      adders: new Int32Array(size),
      fresh: this.#options.fresh.has(pointer.name),
    };
    this.#traces.set(pointer, trace);
    return trace;
  }
}

function linear([x, y, z]: ProgramId, [width, height]: ProgramId): number {
  return x + width * (y + height * z);
}

function race(message: string, span: Span | undefined): Fault {
  return new Fault("tile/race", message, {
    span,
    hint: "programs run in any order: give each its own elements, use atomics, or split the kernel in two",
  });
}

function uninitialised(pointer: PointerValue, at: number, place: Place): Fault {
  const who = `program ${place.program.join(", ")}`;
  return new Fault("tile/uninitialised", `${who} loads ${pointer.name}[${at}], which nothing has stored`, {
    span: place.span,
    hint: "a new buffer is all zeros before the launch; store first, or mask the load",
  });
}
