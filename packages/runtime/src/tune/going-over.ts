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

/**
 * From a first config whose code is short to a better one, as soon as the browser has compiled that beside the user's work; and from
 * there to the one for what runs often.
 */
export class GoingOver {
  readonly #parts: GoingOverParts;
  /** By key. */
  readonly #runs = new Map<string, number>();
  readonly #asked = new Set<string>();
  readonly #ready = new Map<string, "later" | "often">();

  constructor(parts: GoingOverParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#ready.size;
  }

  /** The config to go over to, when its code is there. */
  of({ key, later, often }: Choice): Config | undefined {
    const ready = this.#ready.get(key);
    if (ready === undefined) return undefined;
    return ready === "often" ? (often?.config ?? later) : later;
  }

  /** A launch has run. From the second one on, its better code is worth compiling. */
  ran(choice: Choice): void {
    const { key, later, often } = choice;
    if (later === undefined && often === undefined) return;
    const runs = (this.#runs.get(key) ?? 0) + 1;
    this.#runs.set(key, runs);
    if (later !== undefined && runs >= 2) this.#ask(choice, later, "later");
    if (often !== undefined && runs >= often.runs) this.#ask(choice, often.config, "often");
  }

  #ask(choice: Choice, config: Config, which: "later" | "often"): void {
    const what = `${which} ${choice.key}`;
    if (this.#asked.has(what)) return;
    this.#asked.add(what);
    this.#parts.clock.after(afterMs, () => void this.#prepare(choice, config, which));
  }

  async #prepare(choice: Choice, config: Config, which: "later" | "often"): Promise<void> {
    try {
      await this.#parts.gpu.prepare(choice.make(config).kernel);
    } catch {
      // It stays with the first one, which works. The tuner's table will say why the other does not.
      return;
    }
    if (this.#ready.get(choice.key) === "often") return;
    this.#ready.set(choice.key, which);
    this.#parts.changed();
  }
}
