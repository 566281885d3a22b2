import type { Clock } from "@tilebook/base";
import { type Channel, Heard } from "../transport/channel.ts";

/** Two ends of a channel that takes `ms` and no bandwidth, by an injected clock. `cut` is a cable pulled: nobody is told. */
export function simulatedPair(clock: Clock, ms = 1): { readonly ends: [End, End]; readonly cut: () => void } {
  const [a, b] = [new End(clock, ms), new End(clock, ms)];
  a.other = b;
  b.other = a;
  return {
    ends: [a, b],
    cut: () => {
      a.other = undefined;
      b.other = undefined;
    },
  };
}

export class End implements Channel {
  other: End | undefined;
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #heard = new Heard(2 ** 21, () => this.close());
  #closed: () => void = () => undefined;
  #open = true;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  get waiting(): number {
    return 0;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const copy = bytes.slice();
    this.#clock.after(this.#ms, () => this.other?.hear(copy));
  }

  hear(bytes: Uint8Array): void {
    if (this.#open) this.#heard.hear(bytes);
  }

  onRoom(): void {
    // It always has room.
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.#heard.to(listener);
  }

  onClose(listener: () => void): void {
    this.#closed = listener;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#clock.after(this.#ms, () => this.other?.closed());
  }

  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
  }
}
