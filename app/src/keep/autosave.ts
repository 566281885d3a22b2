import { type Clock, type FaultData, faultData } from "@tilebook/base";

export type SaveState =
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly at: Date }
  | { readonly kind: "failed"; readonly fault: FaultData };

export interface AutosaveOptions {
  /** Resolves when the text is safe, with the time of day that this version carries (milliseconds since 1970). */
  readonly write: (text: string, durability: "relaxed" | "strict") => Promise<number>;
  readonly clock: Clock;
  readonly onState: (state: SaveState) => void;
}

const quiet = 250;
const longest = 2000;

/**
 * Writes the newest text a quarter of a second after the last change, and at least every two seconds while changes go on.
 * One write at a time. "saved" is said only when the newest text is safe.
 */
export class Autosave {
  readonly #options: AutosaveOptions;
  #text: (() => string) | undefined;
  #since = 0;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: AutosaveOptions) {
    this.#options = options;
  }

  /** The document changed. `text` is asked when it is written. */
  changed(text: () => string): void {
    const now = this.#options.clock.now();
    if (this.#text === undefined) this.#since = now;
    this.#text = text;
    this.#options.onState({ kind: "saving" });
    this.#cancel?.();
    const wait = Math.max(0, Math.min(quiet, this.#since + longest - now));
    this.#cancel = this.#options.clock.after(wait, () => void this.flush("relaxed"));
  }

  /** Writes what is pending at once; resolves when it is safe or has failed. */
  async flush(durability: "relaxed" | "strict"): Promise<void> {
    this.#cancel?.();
    while (this.#writing !== undefined) await this.#writing;
    const text = this.#text;
    if (text === undefined) return;
    this.#text = undefined;
    this.#writing = this.#write(text, durability);
    await this.#writing;
  }

  async #write(text: () => string, durability: "relaxed" | "strict"): Promise<void> {
    const { write, onState } = this.#options;
    try {
      const at = await write(text(), durability);
      if (this.#text === undefined) onState({ kind: "saved", at: new Date(at) });
    } catch (error) {
      this.#text ??= text;
      onState({ kind: "failed", fault: faultData(error) });
    } finally {
      this.#writing = undefined;
    }
  }
}
