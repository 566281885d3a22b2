import { type Fault, ManualClock } from "@tilebook/base";
import type { Channel } from "../transport/channel.ts";
import type { Accept, Opening } from "../transport/inbox.ts";
import { Link } from "../transport/link.ts";
import { simulatedPair } from "./simulated-channel.ts";

/** One side of a link under test, with all that it heard. */
export interface Side {
  readonly link: Link;
  readonly messages: unknown[];
  readonly losses: Fault[];
  /** Streams that are whole. */
  readonly arrived: { readonly header: unknown; readonly bytes: Uint8Array }[];
}

export interface LinkedOptions {
  readonly ms?: number;
  readonly bulk?: number;
  readonly accept?: Accept;
  readonly over?: (channel: Channel, clock: ManualClock) => Channel;
}

/** Two links over simulated channels and one clock that the test turns. */
export class Linked {
  readonly clock: ManualClock = new ManualClock();
  readonly a: Side;
  readonly b: Side;
  readonly #options: LinkedOptions;
  #cuts: (() => void)[] = [];

  constructor(options: LinkedOptions = {}) {
    this.#options = options;
    this.a = this.#side();
    this.b = this.#side(options.accept);
    this.connect();
  }

  /** New channels for both. */
  connect(): void {
    const { ms, bulk = 1, over = (channel: Channel) => channel } = this.#options;
    const pairs = Array.from({ length: 1 + bulk }, () => simulatedPair(this.clock, ms));
    this.#cuts = pairs.map((pair) => pair.cut);
    for (const [side, end] of [
      [this.a, 0],
      [this.b, 1],
    ] as const) {
      const [control, ...rest] = pairs.map(({ ends }) => over(ends[end], this.clock));
      if (control !== undefined) side.link.attach({ control, bulk: rest });
    }
  }

  /** The cable is pulled: nobody is told. */
  cut(): void {
    for (const cut of this.#cuts) cut();
  }

  /** Lets time pass, and promises settle every millisecond. */
  async run(ms: number): Promise<void> {
    for (let at = 0; at < ms; at++) {
      this.clock.advance(1);
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
  }

  #side(accept?: Accept): Side {
    const [messages, losses, arrived]: [unknown[], Fault[], Side["arrived"]] = [[], [], []];
    const link = new Link({
      clock: this.clock,
      accept: accept ?? ((opening) => collected(opening, arrived)),
      heard: (message) => messages.push(message),
      lost: (fault) => losses.push(fault),
    });
    return { link, messages, losses, arrived };
  }
}

function collected({ header, bytes }: Opening, arrived: Side["arrived"]): ReturnType<Accept> {
  const whole = new Uint8Array(bytes);
  return {
    write: (part, offset) => whole.set(part, offset),
    end: () => arrived.push({ header, bytes: whole }),
    fail: () => undefined,
  };
}

/** Bytes that are all different enough to notice one in a wrong place. */
export function numbered(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = index * 31 + (index >> 8) * 7 + seed;
  return bytes;
}

/** Whether two arrays hold the same bytes: `toEqual` takes seconds for a megabyte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return a.length === b.length;
}
