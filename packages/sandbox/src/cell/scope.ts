import { Fault } from "@tilebook/base";
import type { InputValue, TextOutput } from "@tilebook/notebook";
import type { Outputs } from "./outputs.ts";
import { print } from "./print.ts";
import { outputOf } from "./show.ts";
import type { TensorRoom } from "./tensors.ts";
import { interrupted, superseded } from "./tick.ts";

export interface ScopeParts {
  readonly run: number;
  readonly cell: string;
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly tensors: TensorRoom;
  readonly outputs: Outputs;
}

/** One run of one cell: its outputs, what it showed, and whether it is still wanted. */
export class Scope {
  readonly run: number;
  readonly cell: string;
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly outputs: Outputs;
  /** Tensors and other values that outputs of this run refer to. */
  readonly shown: unknown[] = [];
  /** The values of its controls, and its live places, which show themselves. */
  readonly controls: unknown[] = [];
  readonly invalidation: Promise<void>;
  /** The run ended well, and its values are there for others. */
  readonly landed: Promise<void>;
  #land: () => void = () => undefined;
  readonly #tensors: TensorRoom;
  readonly #unwanted: AbortController = new AbortController();
  readonly #left: AbortController = new AbortController();
  readonly #showing: Promise<void>[] = [];
  #interrupted = false;
  #superseded = false;
  #hasSeen = false;

  constructor(parts: ScopeParts) {
    this.run = parts.run;
    this.cell = parts.cell;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.#tensors = parts.tensors;
    this.invalidation = new Promise((resolve) =>
      this.left.addEventListener("abort", () => resolve(), { once: true }),
    );
    this.#watch();
    this.landed = new Promise((resolve) => (this.#land = resolve));
  }

  /** Aborted when nobody wants its work any more: also when a newer run is on its way. */
  get signal(): AbortSignal {
    return this.#unwanted.signal;
  }

  /** Aborted when it was interrupted, or its values are no longer wanted. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  get stopped(): boolean {
    return this.#interrupted;
  }

  get superseded(): boolean {
    return this.#superseded;
  }

  /** It saw that it was superseded, and may have left out something. */
  get isCutOff(): boolean {
    return this.#superseded && this.#hasSeen;
  }

  /** The person wants it to stop. Whatever waits through this scope fails. */
  interrupt(): void {
    this.#interrupted = true;
    this.leave();
  }

  /** A newer run is on its way. Only who listens to the signal ends. */
  supersede(): void {
    this.#superseded = true;
    this.#unwanted.abort(superseded());
  }

  land(): void {
    this.#land();
  }

  /** Its values are no longer wanted. */
  leave(): void {
    this.#unwanted.abort(interrupted());
    this.#left.abort(interrupted());
  }

  /** Notes whether anybody looks at the signal and finds it aborted. */
  #watch(): void {
    const { signal } = this;
    const of = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted");
    const get = (): boolean => {
      const isAborted = of?.get?.call(signal) === true;
      this.#hasSeen ||= isAborted;
      return isAborted;
    };
    Object.defineProperty(signal, "aborted", { get });
  }

  /** Shows a value in the next place. What must be waited for (a promise, a tensor to compute) comes there later. */
  show(value: unknown, name?: string): void {
    if (this.#tensors.isReady(value)) {
      this.shown.push(value);
      this.outputs.add(outputOf(value, this.#tensors.summaryOf, name));
      return;
    }
    const showing = this.#showLater(this.outputs.reserve(), value, name);
    // Whoever ends the run hears of a failure; until then it is not forgotten.
    showing.catch(() => undefined);
    this.#showing.push(showing);
  }

  /**
   * A place that shows one value after the other, from the first one on. Values are plain data or outputs: what must be waited for is a fault,
   * `live/wait`.
   */
  live(): (value: unknown) => void {
    let index: number | undefined;
    const place = (value: unknown): void => {
      if (!this.#tensors.isReady(value)) {
        throw new Fault(
          "live/wait",
          "a live place shows values that are there, not promises or tensors to compute",
          {
            hint: "await it first: place(await image(x))",
          },
        );
      }
      const output = outputOf(value, this.#tensors.summaryOf);
      index ??= this.outputs.reserve();
      this.outputs.replace(index, output);
    };
    this.controls.push(place);
    return place;
  }

  /**
   * Shows a name's value, unless a control of this run shows it already. Each control stands for one name. Of a step there is only
   * its name and type: it is not computed for being shown.
   */
  echo(name: string, value: unknown, isStep: boolean): void {
    const at = this.controls.indexOf(value);
    if (at >= 0) this.controls.splice(at, 1);
    else if (isStep) this.outputs.add(outputOf(value, this.#tensors.summaryOf, name));
    else this.show(value, name);
  }

  /** Resolves when everything that was shown is there. */
  async allShown(): Promise<void> {
    for (let next = this.#showing.shift(); next !== undefined; next = this.#showing.shift()) await next;
  }

  async #showLater(index: number, value: unknown, name: string | undefined): Promise<void> {
    try {
      const settled = await value;
      await this.#tensors.realizeIn([settled]);
      this.shown.push(settled);
      this.outputs.put(index, outputOf(settled, this.#tensors.summaryOf, name));
    } catch (error) {
      if (!this.signal.aborted)
        this.outputs.put(index, { kind: "text", level: "error", text: "this could not be shown" });
      throw error;
    }
  }

  log(level: TextOutput["level"], values: readonly unknown[]): void {
    const text = values.map((value) => print(value, this.#tensors.summaryOf)).join(" ");
    this.outputs.log(level, text);
  }

  /** Waits; fails at once when the run is interrupted. */
  sleep(milliseconds: unknown): Promise<void> {
    return this.orInterrupted(
      new Promise((resolve) => setTimeout(resolve, typeof milliseconds === "number" ? milliseconds : 0)),
    );
  }

  /** The promise, or a fault as soon as the run is interrupted. */
  orInterrupted<T>(promise: Promise<T>): Promise<T> {
    if (this.#interrupted) return Promise.reject(interrupted());
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        if (this.#interrupted) reject(interrupted());
      };
      this.left.addEventListener("abort", stop, { once: true });
      const done = (): void => this.left.removeEventListener("abort", stop);
      promise.then(
        (value) => (done(), resolve(value)),
        (error: unknown) => (done(), reject(error)),
      );
    });
  }
}
