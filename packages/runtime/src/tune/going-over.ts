import type { Clock } from "@tilebook/base";
import type { Choice, Config } from "@tilebook/compiler";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";

/** A run that comes twice comes again. What it leads to is compiled so long after it, when its results were read. */
const afterMs = 200;

export interface GoingOverParts {
  readonly gpu: Pick<GpuExecutor, "prepare">;
  readonly clock: Clock;
  /** Hears that there is a new config to go over to. */
  readonly changed: () => void;
}

/** From a first config whose code is short to a better one, as soon as the browser has compiled that beside the user's work. */
export class GoingOver {
  readonly #parts: GoingOverParts;
  readonly #seen = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #ready = new Set<string>();

  constructor(parts: GoingOverParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#ready.size;
  }

  /** The config to go over to, when its code is there. */
  of({ key, later }: Choice): Config | undefined {
    return this.#ready.has(key) ? later : undefined;
  }

  /** A launch has run. From the second one on, its better code is worth compiling. */
  ran(choice: Choice): void {
    const { key, later } = choice;
    if (later === undefined || this.#asked.has(key)) return;
    if (!this.#seen.has(key)) return void this.#seen.add(key);
    this.#asked.add(key);
    this.#parts.clock.after(afterMs, () => void this.#prepare(choice, later));
  }

  async #prepare(choice: Choice, later: Config): Promise<void> {
    try {
      await this.#parts.gpu.prepare(choice.make(later).kernel);
    } catch {
      // It stays with the first one, which works. The tuner's table will say why the other does not.
      return;
    }
    this.#ready.add(choice.key);
    this.#parts.changed();
  }
}
