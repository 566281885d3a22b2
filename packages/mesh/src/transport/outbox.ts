import { anObject, aString, decodeJson, Fault, faultFrom, optional } from "@tilebook/base";
import type { Delivery, Mark } from "./delivery.ts";
import type { Lanes } from "./lanes.ts";
import { mostPayload, type Packet, Type } from "./packet.ts";
import { initialWindow, mostStreams } from "./windows.ts";

/** What goes first when several streams have bytes to send; equals take turns. */
export const Priority = { collective: 0, input: 1, prefetch: 2 } as const;
export type PriorityNumber = (typeof Priority)[keyof typeof Priority];

export interface SendOptions {
  readonly priority?: PriorityNumber;
  /** Of equal priority, the lowest goes first; 0 by default. */
  readonly order?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that the receiver has taken so far. */
  readonly progress?: (bytes: number) => void;
}

interface Outgoing {
  readonly stream: number;
  readonly head: Uint8Array;
  readonly bytes: Uint8Array;
  readonly options: SendOptions;
  readonly finish: (answer: unknown) => void;
  readonly fail: (fault: Fault) => void;
  /** Which of `Type.open` and `Type.reopen` it needs before bytes of it may be sent. */
  needs: typeof Type.open | typeof Type.reopen | undefined;
  /** The receiver has spoken, so its bytes may go over any channel. */
  answered: boolean;
  sent: number;
  /** What was sent at some time: what is sent again may be less. */
  furthest: number;
  /** The receiver has all bytes up to here. */
  taken: number;
  limit: number;
  /** From when it was opened. */
  mark: Mark | undefined;
}

const aFault = anObject({ code: aString(100), message: aString(10_000), hint: optional(aString(10_000)) });

/** Streams that were stopped last: of these the receiver may not know yet. */
const mostStopped = 4 * mostStreams;

/** The sending half of a link: streams that share its lanes, each as far as the receiver lets it. */
export class Outbox {
  readonly #streams = new Map<number, Outgoing>();
  readonly #delivery: Delivery;
  readonly #stopped = new Set<number>();
  #lanes: Lanes | undefined;
  #next = 1;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  /**
   * Sends `bytes` with a header that tells what they are (JSON, at most 64 KB). Resolves with the receiver's answer once it has
   * taken all of them; rejects with its fault, with `mesh/cancelled` by the signal, or with what ended the link.
   */
  send(header: unknown, bytes: Uint8Array, options: SendOptions = {}): Promise<unknown> {
    const head = new TextEncoder().encode(JSON.stringify(header));
    if (head.length > mostPayload)
      return Promise.reject(new Fault("mesh/packet", `a header of ${head.length} bytes is too large`));
    if (options.signal?.aborted === true) return Promise.reject(cancelled());
    const stream = this.#next++;
    return new Promise((finish, fail) => {
      const stop = (): void => this.#cancel(stream);
      options.signal?.addEventListener("abort", stop, { once: true });
      const ended = (): void => options.signal?.removeEventListener("abort", stop);
      const state = {
        needs: Type.open,
        answered: false,
        sent: 0,
        furthest: 0,
        taken: 0,
        limit: initialWindow,
        mark: undefined,
      };
      const ends = {
        finish: (answer: unknown): void => (ended(), finish(answer)),
        fail: (fault: Fault): void => (ended(), fail(fault)),
      };
      this.#streams.set(stream, { stream, head, bytes, options, ...ends, ...state });
      this.pump();
    });
  }

  /** Goes on over new lanes: what was not finished is opened again, and sent from where the receiver says. */
  attach(lanes: Lanes): void {
    this.#lanes = lanes;
    for (const stream of this.#stopped) lanes.ordered(abortOf(stream));
    for (const outgoing of this.#streams.values()) {
      if (outgoing.needs !== Type.open) {
        this.#lost(outgoing);
        Object.assign(outgoing, { needs: Type.reopen, answered: false, limit: 0, mark: undefined });
      }
    }
    this.pump();
  }

  /** One of several ways has ended: what the receiver has not said that it has is sent again. Those that it has all the same it knows. */
  again(): void {
    for (const outgoing of this.#streams.values()) {
      if (outgoing.needs !== undefined) continue;
      this.#lost(outgoing);
      Object.assign(outgoing, { sent: outgoing.taken, mark: undefined });
    }
    this.pump();
  }

  detach(): void {
    this.#lanes = undefined;
  }

  /** Ends every stream with this fault. */
  failAll(fault: Fault): void {
    for (const outgoing of this.#streams.values()) {
      this.#lost(outgoing);
      outgoing.fail(fault);
    }
    this.#streams.clear();
  }

  /** Streams that are not finished. */
  get unfinished(): number {
    return this.#streams.size;
  }

  /** Sends as much as lanes and receivers take now. */
  pump(): void {
    const lanes = this.#lanes;
    if (lanes === undefined) return;
    for (let next = this.#ready(); next !== undefined; next = this.#ready()) {
      const channel = lanes.free(next.answered);
      if (channel === undefined) return;
      lanes.put(channel, this.#packetOf(next));
      // Equals take turns: the one that sent stands behind the others.
      this.#streams.delete(next.stream);
      this.#streams.set(next.stream, next);
    }
  }

  /** What a receiver said of a stream. Words about streams that are over are late, not wrong. */
  hear({ type, stream, offset, bytes }: Packet): void {
    const outgoing = this.#streams.get(stream);
    if (outgoing === undefined) return;
    if (type === Type.credit) return this.#credited(outgoing, offset, takenOf(bytes));
    // What makes no sense ends the link, with which this stream ends, too: until then it is among those that do.
    if (type === Type.refuse) {
      const fault = faultFrom(decodeJson(aFault, textOf(bytes), mostPayload));
      this.#streams.delete(stream);
      this.#lost(outgoing);
      return outgoing.fail(fault);
    }
    const answer: unknown = decodeJson((value) => value, textOf(bytes), mostPayload);
    this.#streams.delete(stream);
    this.#arrived(outgoing, outgoing.bytes.length);
    outgoing.options.progress?.(outgoing.bytes.length);
    outgoing.finish(answer);
  }

  #credited(outgoing: Outgoing, limit: number, taken: number): void {
    const { bytes, options } = outgoing;
    if (limit > bytes.length || taken > outgoing.furthest || taken > limit)
      throw new Fault("mesh/violation", "a peer gives credit for bytes that are not there");
    if (!outgoing.answered && outgoing.limit === 0) outgoing.sent = taken;
    outgoing.sent = Math.max(outgoing.sent, taken);
    outgoing.answered = true;
    outgoing.limit = Math.max(outgoing.limit, limit);
    if (taken > outgoing.taken) {
      this.#arrived(outgoing, taken);
      options.progress?.(taken);
    }
    outgoing.taken = Math.max(outgoing.taken, taken);
    this.pump();
  }

  /** What was opened again tells nothing: part of it went over another connection. */
  #arrived({ mark, taken: before }: Outgoing, taken: number): void {
    if (mark !== undefined) this.#delivery.arrived(taken - before, mark);
  }

  #lost({ mark, sent, taken }: Outgoing): void {
    if (mark !== undefined) this.#delivery.lost(sent - taken);
  }

  #ready(): Outgoing | undefined {
    let best: Outgoing | undefined;
    const full = this.#opened() >= mostStreams;
    for (const outgoing of this.#streams.values()) {
      const { needs, sent, limit, bytes } = outgoing;
      const more =
        needs === undefined
          ? sent < bytes.length && Math.min(sent + mostPayload, bytes.length) <= limit
          : needs === Type.reopen || !full;
      if (more && (best === undefined || isBefore(outgoing, best))) best = outgoing;
    }
    return best;
  }

  #opened(): number {
    let count = 0;
    for (const { needs } of this.#streams.values()) if (needs !== Type.open) count += 1;
    return count;
  }

  #packetOf(outgoing: Outgoing): Packet {
    const { needs, stream, head, bytes, sent } = outgoing;
    if (needs !== undefined) {
      outgoing.needs = undefined;
      if (needs === Type.open) outgoing.mark = this.#delivery.began();
      return { type: needs, stream, offset: bytes.length, bytes: head };
    }
    // Packets of a stream end where they ended before, should it be sent again: so the receiver knows those that it has.
    const end = Math.min(sent + mostPayload, bytes.length);
    outgoing.sent = end;
    outgoing.furthest = Math.max(outgoing.furthest, end);
    if (outgoing.mark !== undefined) this.#delivery.sent(end - sent);
    return { type: Type.data, stream, offset: sent, bytes: bytes.subarray(sent, end) };
  }

  #cancel(stream: number): void {
    const outgoing = this.#streams.get(stream);
    if (outgoing === undefined) return;
    this.#streams.delete(stream);
    this.#lost(outgoing);
    if (outgoing.needs !== Type.open) this.#stop(stream);
    outgoing.fail(cancelled());
  }

  /** Nobody says that this has arrived, so it is said again over the next connection. */
  #stop(stream: number): void {
    this.#stopped.delete(stream);
    this.#stopped.add(stream);
    const [oldest] = this.#stopped;
    if (this.#stopped.size > mostStopped && oldest !== undefined) this.#stopped.delete(oldest);
    this.#lanes?.ordered(abortOf(stream));
  }
}

function abortOf(stream: number): Packet {
  return { type: Type.abort, stream, offset: 0, bytes: new Uint8Array(0) };
}

function isBefore(one: Outgoing, other: Outgoing): boolean {
  const [mine, theirs] = [priorityOf(one), priorityOf(other)];
  return mine === theirs ? (one.options.order ?? 0) < (other.options.order ?? 0) : mine < theirs;
}

function priorityOf({ options }: Outgoing): PriorityNumber {
  return options.priority ?? Priority.input;
}

function takenOf(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Fault("mesh/packet", "a credit says nothing of what was taken");
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function cancelled(): Fault {
  return new Fault("mesh/cancelled", "the transfer was stopped");
}
