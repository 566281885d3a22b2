import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Random } from "@tilebook/base";

/** What the emulated way does to datagrams, in each direction. */
export interface WayOptions {
  /** Milliseconds on the way. */
  readonly ms?: number;
  /** Up to so many milliseconds more, by chance. Datagrams do not overtake each other. */
  readonly jitter?: number;
  /** Share that is lost, 0 to 1. */
  readonly loss?: number;
  readonly mbps?: number;
  /** Milliseconds that a datagram waits at most for its turn; else it is dropped, as by a router whose buffer is full. */
  readonly queueMs?: number;
}

/**
 * A slow and lossy way between two connections of this machine, without any right to change its network: each side is told a socket of the emulator in the
 * place of the other's own, and what arrives there is passed on late, or not at all. What is lost depends on the seed and on what
 * is sent, and on nothing else.
 */
export class UdpEmulator {
  readonly #sides: readonly [Side, Side];
  /** Datagrams that came to the emulator, and those that it dropped. */
  readonly counts: { passed: number; dropped: number } = { passed: 0, dropped: 0 };

  constructor(options: WayOptions, random: Random) {
    const side = (): Side => ({
      socket: createSocket("udp4"),
      real: undefined,
      way: new Way(options, random),
    });
    this.#sides = [side(), side()];
  }

  /** Opens its sockets. */
  async open(): Promise<void> {
    for (const [index, { socket }] of this.#sides.entries()) {
      const other = this.#sides[index === 0 ? 1 : 0];
      // What comes to the socket that stands for a side is for that side, from the socket that stands for the other.
      socket.on("message", (bytes) => this.#pass(bytes, this.#sides[index === 0 ? 0 : 1], other));
      socket.bind(0);
      await once(socket, "listening");
    }
  }

  /** The candidate that the other side is told for one of `side`: the emulator's. Nothing for all but the first that has an IPv4 address of its own. */
  candidate(side: 0 | 1, text: string): string | undefined {
    const words = text.split(" ");
    const [, , protocol, , address = "", port, , kind] = words;
    const mine = this.#sides[side];
    const fits = protocol?.toLowerCase() === "udp" && kind === "host" && /^[\d.]+$/u.test(address);
    if (!fits || mine.real !== undefined) return undefined;
    mine.real = { address, port: Number(port) };
    return words.with(5, String(mine.socket.address().port)).join(" ");
  }

  close(): void {
    for (const { socket, way } of this.#sides) {
      way.close();
      socket.close();
    }
  }

  #pass(bytes: Uint8Array, to: Side, from: Side): void {
    const { real } = to;
    if (real === undefined) return;
    this.counts.passed += 1;
    if (!to.way.take(() => from.socket.send(bytes, real.port, real.address), bytes.length))
      this.counts.dropped += 1;
  }
}

interface Side {
  /** What the other side is told in its place. */
  readonly socket: Socket;
  real: { readonly address: string; readonly port: number } | undefined;
  /** The way to it. */
  readonly way: Way;
}

/** One direction: a queue at its rate, then the delay. */
class Way {
  readonly #options: WayOptions;
  readonly #random: Random;
  readonly #due: { readonly at: number; readonly send: () => void }[] = [];
  #free = 0;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WayOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** False where the datagram is lost. */
  take(send: () => void, length: number): boolean {
    const { ms = 0, jitter = 0, loss = 0, mbps = Infinity, queueMs = 200 } = this.#options;
    const now = performance.now();
    const isLost = this.#random() < loss;
    const late = this.#random() * jitter;
    if (isLost || this.#free - now > queueMs) return false;
    this.#free = Math.max(now, this.#free) + (length * 8) / (mbps * 1_000);
    this.#last = Math.max(this.#last, this.#free + ms + late);
    this.#due.push({ at: this.#last, send });
    this.#timer ??= setTimeout(() => this.#serve(), Math.max(0, this.#last - now));
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#due.length = 0;
  }

  #serve(): void {
    const now = performance.now();
    const later = this.#due.findIndex(({ at }) => at > now);
    for (const { send } of this.#due.splice(0, later < 0 ? this.#due.length : later)) send();
    const [next] = this.#due;
    this.#timer =
      next === undefined ? undefined : setTimeout(() => this.#serve(), next.at - performance.now());
  }
}
