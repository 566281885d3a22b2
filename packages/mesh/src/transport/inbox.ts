import { Fault, faultData } from "@tilebook/base";
import type { Lanes } from "./lanes.ts";
import { mostPayload, type Packet, Type } from "./packet.ts";
import type { Unasked } from "./unasked.ts";
import { initialWindow, mostStreams, Windows } from "./windows.ts";

/** What a peer wants to send. */
export interface Opening {
  /** Any JSON; whoever takes the stream decodes it. */
  readonly header: unknown;
  readonly bytes: number;
}

/** Where the bytes of a stream go, one part after another. While a promise of `write` is open, the sender gets no more credit. */
export interface Sink {
  write(part: Uint8Array, offset: number): void | Promise<void>;
  /** All bytes were written. What it gives (JSON) is the answer that the sender waits for; what it throws is its refusal. */
  end(): unknown;
  /** There will be no more bytes. */
  fail(fault: Fault): void;
}

/** Says where a stream goes, or throws the fault it is refused with. Called before any byte of it is kept. */
export type Accept = (opening: Opening) => Sink;

interface Incoming {
  readonly stream: number;
  readonly total: number;
  readonly sink: Sink;
  /** Parts that arrived and are not written yet, by offset: streams may come over several connections, so in any order. */
  readonly parts: Map<number, Uint8Array>;
  taken: number;
  limit: number;
  window: number;
  writing: boolean;
}

/** More than the streams that can be open at once, so that none is forgotten whose sender may still ask. */
const mostFinals = 2 * mostStreams;
/** About as many as there can be openings in a full channel for bulk, and in those on their way from it. */
const mostStopped = 4_096;

/** The receiving half of a link. Whatever breaks its rules is a Fault `mesh/violation`, after which the link has to end. */
export class Inbox {
  readonly #accept: Accept;
  readonly #unasked: Unasked;
  readonly #streams = new Map<number, Incoming>();
  readonly #windows = new Windows();
  /** The last word on streams that are over, should their sender not have heard it. */
  readonly #finals = new Map<number, Packet>();
  /** Streams that their sender has stopped. The word of that goes before bulk, so it may come before that which opens them, or opens them again. */
  readonly #stopped = new Set<number>();
  #lanes: Lanes | undefined;
  /** The highest number of a stream so far: what is said of one that is over is late, of one that never was is a lie. */
  #latest = 0;
  /** Bytes that may still arrive for streams that ended early. */
  #late = 0;

  constructor(accept: Accept, unasked: Unasked) {
    this.#accept = accept;
    this.#unasked = unasked;
  }

  attach(lanes: Lanes): void {
    this.#lanes = lanes;
  }

  /** What came out of order over the old lanes will be sent again. */
  detach(): void {
    this.#lanes = undefined;
    for (const { parts, taken, writing } of this.#streams.values())
      for (const offset of parts.keys()) if (!writing || offset !== taken) parts.delete(offset);
  }

  failAll(fault: Fault): void {
    for (const incoming of this.#streams.values()) this.#end(incoming, fault);
  }

  /** Bytes that arrived and were not taken yet. */
  get held(): number {
    let sum = 0;
    for (const incoming of this.#streams.values()) sum += heldBy(incoming);
    return sum;
  }

  hear(packet: Packet): void {
    if (packet.type === Type.open || packet.type === Type.reopen) return this.#open(packet);
    const incoming = this.#streams.get(packet.stream);
    if (packet.type === Type.data)
      return incoming === undefined ? this.#tooLate(packet) : this.#data(incoming, packet);
    this.#stop(packet.stream);
    if (incoming === undefined) return;
    // What was taken of it was for nothing. Beyond a first window it was asked for.
    this.#unasked.count(Math.min(initialWindow, incoming.taken + heldBy(incoming)));
    this.#end(incoming, new Fault("mesh/cancelled", "the sender stopped the transfer"));
  }

  #open({ type, stream, offset: total, bytes }: Packet): void {
    this.#unasked.count(bytes.length);
    const known = this.#streams.get(stream);
    if (known !== undefined) return this.#grant(known);
    const final = this.#finals.get(stream);
    if (final !== undefined) return this.#lanes?.urgent(final);
    this.#latest = Math.max(this.#latest, stream);
    const limit = Math.min(initialWindow, total);
    if (this.#stopped.has(stream)) {
      this.#late += limit;
      return;
    }
    if (this.#streams.size >= mostStreams) throw violation(`opens more than ${mostStreams} streams`);
    try {
      this.#unasked.check();
      const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      const sink = this.#accept({ header, bytes: total });
      const state = { taken: 0, limit, window: initialWindow, writing: false };
      const incoming: Incoming = { stream, total, sink, parts: new Map(), ...state };
      this.#streams.set(stream, incoming);
      if (type === Type.reopen) this.#grant(incoming);
      if (total === 0) void this.#write(incoming);
    } catch (error) {
      this.#late += limit;
      this.#refuse(stream, error);
    }
  }

  #stop(stream: number): void {
    if (this.#finals.has(stream)) return;
    this.#stopped.add(stream);
    const [oldest] = this.#stopped;
    if (this.#stopped.size > mostStopped && oldest !== undefined) this.#stopped.delete(oldest);
  }

  #data(incoming: Incoming, { offset, bytes }: Packet): void {
    const { parts, limit, taken, window } = incoming;
    if (offset + bytes.length > limit) throw violation("sends more than it may");
    if (bytes.length === 0) throw violation("sends nothing");
    if (offset < taken || parts.has(offset)) return;
    if (heldBy(incoming) + bytes.length > window) throw violation("sends the same bytes again and again");
    parts.set(offset, bytes);
    void this.#write(incoming);
  }

  /** Writes what is there in order, one part at a time. */
  async #write(incoming: Incoming): Promise<void> {
    if (incoming.writing) return;
    incoming.writing = true;
    const { parts, sink, stream } = incoming;
    try {
      for (let part = parts.get(incoming.taken); part !== undefined; part = parts.get(incoming.taken)) {
        const wrote = sink.write(part, incoming.taken);
        if (wrote !== undefined) await wrote;
        parts.delete(incoming.taken);
        incoming.taken += part.length;
        if (this.#streams.get(stream) !== incoming) return;
        this.#grantMore(incoming);
      }
      if (incoming.taken === incoming.total) await this.#finish(incoming);
    } catch (error) {
      if (this.#streams.get(stream) !== incoming) return;
      this.#end(incoming, error instanceof Fault ? error : new Fault("mesh/sink", String(error)));
      this.#refuse(stream, error);
    } finally {
      incoming.writing = false;
    }
  }

  async #finish(incoming: Incoming): Promise<void> {
    const answer = new TextEncoder().encode(JSON.stringify((await incoming.sink.end()) ?? null));
    if (answer.length > mostPayload) throw new Fault("mesh/packet", "an answer is too large");
    if (!this.#forget(incoming)) return;
    this.#last({ type: Type.done, stream: incoming.stream, offset: incoming.total, bytes: answer });
  }

  /** More credit once half of it is used. A sender that used all of it while nothing waited here could have sent more. */
  #grantMore(incoming: Incoming): void {
    const { limit, taken, total, window, parts } = incoming;
    if (limit >= total || limit - taken > window / 2) return;
    if (parts.size === 0) incoming.window = this.#windows.grown(window);
    incoming.limit = Math.min(total, taken + incoming.window);
    this.#grant(incoming);
  }

  #grant({ stream, limit, taken }: Incoming): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(taken), true);
    this.#lanes?.urgent({ type: Type.credit, stream, offset: limit, bytes });
  }

  #refuse(stream: number, error: unknown): void {
    const { code, message, hint } = faultData(error);
    const fault = {
      code,
      message: message.slice(0, 2_000),
      ...(hint === undefined ? {} : { hint: hint.slice(0, 2_000) }),
    };
    this.#last({
      type: Type.refuse,
      stream,
      offset: 0,
      bytes: new TextEncoder().encode(JSON.stringify(fault)),
    });
  }

  #last(packet: Packet): void {
    this.#finals.set(packet.stream, packet);
    const [oldest] = this.#finals.keys();
    if (this.#finals.size > mostFinals && oldest !== undefined) this.#finals.delete(oldest);
    this.#lanes?.urgent(packet);
  }

  #end(incoming: Incoming, fault: Fault): void {
    if (!this.#forget(incoming)) return;
    this.#late += incoming.limit - incoming.taken;
    incoming.sink.fail(fault);
  }

  #forget(incoming: Incoming): boolean {
    if (!this.#streams.delete(incoming.stream)) return false;
    this.#windows.release(incoming.window);
    return true;
  }

  #tooLate({ stream, bytes }: Packet): void {
    if (stream > this.#latest) throw violation("sends bytes of a stream that it did not open");
    this.#unasked.count(bytes.length);
    // What was sent again over another way may come a second time.
    if (this.#finals.get(stream)?.type === Type.done) return;
    this.#late -= bytes.length;
    if (this.#late < 0) throw violation("goes on sending what nobody wants");
  }
}

function heldBy({ parts }: Incoming): number {
  let sum = 0;
  for (const part of parts.values()) sum += part.length;
  return sum;
}

function violation(what: string): Fault {
  return new Fault("mesh/violation", `a peer ${what}`);
}
