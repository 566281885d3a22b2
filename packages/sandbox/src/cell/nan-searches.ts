import { Fault, faultData } from "@tilebook/base";
import type { NaNOrigin, NaNWatch } from "@tilebook/tensor";
import type { FromCell } from "../protocol/cell.ts";

export interface NaNSearchParts {
  readonly find: (tensor: string, watch: NaNWatch) => Promise<NaNOrigin>;
  readonly send: (message: FromCell) => void;
  readonly now: () => number;
}

/** How long a search works before messages get through, and how often it tells how far it is. */
const REST_MS = 30;

/** The searches for the beginnings of NaN that are under way. */
export class NaNSearches {
  readonly #parts: NaNSearchParts;
  readonly #ended = new Set<number>();
  readonly #open = new Set<number>();

  constructor(parts: NaNSearchParts) {
    this.#parts = parts;
  }

  async begin(id: number, tensor: string): Promise<void> {
    const { find, send, now } = this.#parts;
    let rested = now();
    const pause = async (done: number, total: number): Promise<boolean> => {
      if (now() - rested < REST_MS) return this.#ended.has(id);
      send({ type: "seekingNaN", id, done, total });
      await new Promise((resolve) => setTimeout(resolve));
      rested = now();
      return this.#ended.has(id);
    };
    this.#open.add(id);
    try {
      send({ type: "nanFound", id, origin: await find(tensor, { pause }) });
    } catch (error) {
      send({ type: "nanLost", id, fault: faultData(stopsAsTooLong(error, this.#ended.has(id))) });
    } finally {
      this.#open.delete(id);
      this.#ended.delete(id);
    }
  }

  end(id: number): void {
    if (this.#open.has(id)) this.#ended.add(id);
  }
}

/** Nobody ended it: a launch took more than it may. */
function stopsAsTooLong(error: unknown, wasEnded: boolean): unknown {
  if (wasEnded || !(error instanceof Fault) || error.code !== "run/stopped") return error;
  return new Fault(
    "nan/large",
    "too large to follow a NaN back: a kernel takes too long on the interpreter",
    {
      hint: "look at a smaller case",
    },
  );
}
