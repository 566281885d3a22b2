import { channelData, dataIndication, readChannelData } from "./frames.ts";
import { Allocation, keyOf, limits } from "./allocation.ts";
import type { Credentials } from "./credentials.ts";
import {
  aNumber,
  anError,
  Attribute,
  Class,
  type Endpoint,
  Method,
  readEndpoint,
  readStun,
  type StunMessage,
  writeEndpoint,
  writeStun,
} from "./stun.ts";
import { Guard } from "./guard.ts";

export interface SwitchOptions {
  /** The address that all relayed addresses have. */
  readonly host: string;
  readonly credentials: Credentials;
  readonly send: (bytes: Buffer, to: Endpoint) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Relayed addresses are ports of no socket, so they are taken from where systems take none for programs. */
const firstPort = 61_000;
const ports = 4_500;

type Answer = { readonly code: number } | { readonly attributes: readonly (readonly [number, Buffer])[] };

/**
 * The server's side of TURN (RFC 8656) over UDP and IPv4, as a closed switch: a relayed address can be reached from relayed addresses only. What a client sends to any
 * other goes nowhere, so nobody can be attacked by it, or reached through it. No relayed address has a socket. A client is not told: who hears that a peer may
 * not be sent to gives up, Chromium even before it has heard of the peer's relayed address.
 */
export class TurnSwitch {
  readonly #options: Required<SwitchOptions>;
  readonly #guard: Guard;
  readonly #byClient = new Map<string, Allocation>();
  readonly #byPort = new Map<number, Allocation>();
  #nextPort = 0;

  constructor({ now = Date.now, ...options }: SwitchOptions) {
    this.#options = { ...options, now };
    this.#guard = new Guard(options.credentials, now);
  }

  /** Relayed addresses in use. */
  get size(): number {
    return this.#byClient.size;
  }

  hear(bytes: Buffer, from: Endpoint): void {
    const message = readChannelData(bytes);
    if (message !== undefined) return this.#pass(from, message.channel, message.data);
    const stun = readStun(bytes);
    if (stun === undefined) return;
    if (stun.kind === Class.indication && stun.method === Method.send) return this.#send(from, stun);
    if (stun.kind !== Class.request) return;
    if (stun.method === Method.binding) return this.#tellAddress(from, stun);
    const verdict = this.#guard.check(stun, from);
    if (verdict === undefined) return;
    if ("refused" in verdict) return this.#options.send(verdict.refused, from);
    const answer = this.#answer(from, stun, verdict.username);
    this.#options.send(reply(stun, answer, verdict.key), from);
  }

  /** Frees what is over. To be called now and then. */
  sweep(): void {
    for (const allocation of Array.from(this.#byClient.values()))
      if (allocation.isOver(this.#options.now())) this.#free(allocation);
  }

  #tellAddress(from: Endpoint, stun: StunMessage): void {
    if (!this.#guard.mayAnswerStranger()) return;
    this.#options.send(
      reply(stun, { attributes: [[Attribute.mapped, writeEndpoint(from)]] }, undefined),
      from,
    );
  }

  #answer(from: Endpoint, stun: StunMessage, username: string): Answer {
    if (stun.method === Method.allocate) return this.#allocate(from, stun, username);
    const allocation = this.#of(from);
    if (allocation === undefined) return { code: 437 };
    if (allocation.username !== username) return { code: 441 };
    if (stun.method === Method.refresh) return this.#refresh(allocation, stun);
    if (stun.method === Method.permit) return this.#permit(allocation, stun);
    if (stun.method === Method.bind) return this.#bind(allocation, stun);
    return { code: 400 };
  }

  #allocate(client: Endpoint, stun: StunMessage, username: string): Answer {
    const before = this.#of(client);
    // An answer that was lost is asked for again.
    if (before?.transaction.equals(stun.transaction) === true) return this.#allocated(before);
    if (before !== undefined) return { code: 437 };
    if (this.#options.credentials.isOver(username)) return { code: 401 };
    if (stun.attributes.get(Attribute.transport)?.[0] !== 17) return { code: 442 };
    if ((stun.attributes.get(Attribute.family)?.[0] ?? 1) !== 1) return { code: 440 };
    if (this.#ofUser(username) >= limits.ofUser) return { code: 486 };
    const port = this.#freePort();
    if (port === undefined) return { code: 508 };
    const until = this.#options.now() + lifetimeOf(stun);
    const transaction = Buffer.from(stun.transaction);
    const allocation = new Allocation({ client, username, port, until, transaction });
    this.#byClient.set(keyOf(client), allocation);
    this.#byPort.set(port, allocation);
    return this.#allocated(allocation);
  }

  #allocated({ client, port, until }: Allocation): Answer {
    const { host, now } = this.#options;
    return {
      attributes: [
        [Attribute.relayed, writeEndpoint({ host, port })],
        [Attribute.mapped, writeEndpoint(client)],
        [Attribute.lifetime, aNumber(Math.round((until - now()) / 1_000))],
      ],
    };
  }

  #refresh(allocation: Allocation, stun: StunMessage): Answer {
    const lifetime = lifetimeOf(stun);
    allocation.until = this.#options.now() + lifetime;
    if (lifetime === 0) this.#free(allocation);
    return { attributes: [[Attribute.lifetime, aNumber(lifetime / 1_000)]] };
  }

  #permit(allocation: Allocation, stun: StunMessage): Answer {
    const peer = readEndpoint(stun.attributes.get(Attribute.peer));
    if (peer === undefined) return { code: 400 };
    if (this.#isHere(peer)) allocation.permit(this.#options.now());
    return { attributes: [] };
  }

  #bind(allocation: Allocation, stun: StunMessage): Answer {
    const peer = readEndpoint(stun.attributes.get(Attribute.peer));
    const channel = stun.attributes.get(Attribute.channel);
    if (peer === undefined || channel?.length !== 4) return { code: 400 };
    const now = this.#options.now();
    if (!allocation.bind(channel.readUInt16BE(0), peer, now)) return { code: 400 };
    if (this.#isHere(peer)) allocation.permit(now);
    return { attributes: [] };
  }

  #isHere({ host }: Endpoint): boolean {
    return host === this.#options.host;
  }

  #send(from: Endpoint, { attributes }: StunMessage): void {
    const peer = readEndpoint(attributes.get(Attribute.peer));
    const data = attributes.get(Attribute.data);
    const sender = this.#of(from);
    if (peer === undefined || data === undefined || sender === undefined) return;
    if (sender.isPermitted(this.#options.now())) this.#deliver(sender, peer, data);
  }

  #pass(from: Endpoint, channel: number, data: Buffer): void {
    const sender = this.#of(from);
    const peer = sender?.peerOf(channel, this.#options.now());
    if (sender !== undefined && peer !== undefined) this.#deliver(sender, peer, data);
  }

  #deliver(sender: Allocation, to: Endpoint, data: Buffer): void {
    const { host, send, now } = this.#options;
    const receiver = this.#isHere(to) ? this.#byPort.get(to.port) : undefined;
    if (receiver === undefined || receiver.isOver(now()) || !receiver.isPermitted(now())) return;
    if (!sender.mayPass(data.length, now())) return;
    const from = { host, port: sender.port };
    const channel = receiver.channelOf(from, now());
    const bytes = channel === undefined ? dataIndication(from, data) : channelData(channel, data);
    send(bytes, receiver.client);
  }

  #of(client: Endpoint): Allocation | undefined {
    const allocation = this.#byClient.get(keyOf(client));
    if (allocation?.isOver(this.#options.now()) !== true) return allocation;
    this.#free(allocation);
    return undefined;
  }

  #ofUser(username: string): number {
    let count = 0;
    for (const allocation of this.#byClient.values()) if (allocation.username === username) count += 1;
    return count;
  }

  #freePort(): number | undefined {
    if (this.#byPort.size >= limits.all) return undefined;
    for (let tried = 0; tried < ports; tried++) {
      const port = firstPort + (this.#nextPort++ % ports);
      if (!this.#byPort.has(port)) return port;
    }
    return undefined;
  }

  #free(allocation: Allocation): void {
    this.#byClient.delete(keyOf(allocation.client));
    this.#byPort.delete(allocation.port);
  }
}

/** What was asked for, in milliseconds, up to the most that there is. */
function lifetimeOf({ attributes }: StunMessage): number {
  const asked = attributes.get(Attribute.lifetime);
  return Math.min(asked?.length === 4 ? asked.readUInt32BE(0) * 1_000 : limits.lifetime, limits.lifetime);
}

function reply(stun: StunMessage, answer: Answer, key: Buffer | undefined): Buffer {
  const { method, transaction } = stun;
  if ("code" in answer)
    return writeStun(
      { method, transaction, kind: Class.failure },
      [[Attribute.error, anError(answer.code)]],
      key,
    );
  return writeStun({ method, transaction, kind: Class.success }, answer.attributes, key);
}
