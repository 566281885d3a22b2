import type { Endpoint } from "./stun.ts";

export const limits = {
  /** Relayed addresses, in all and of one user: a host has one for each guest. */
  all: 4_000,
  ofUser: 512,
  /** Milliseconds until one is over that is not asked for again; the same for a permission and a channel, as RFC 8656 has them. */
  lifetime: 600_000,
  permission: 300_000,
  channel: 600_000,
  channels: 64,
  /** Bytes a second that one passes on for long, and at once. */
  rate: 33_554_432,
  burst: 33_554_432,
} as const;

/** The numbers that channels may have. */
const firstChannel = 0x4000;
const lastChannel = 0x4fff;

interface Channel {
  readonly peer: Endpoint;
  until: number;
}

interface AllocationOptions {
  readonly client: Endpoint;
  readonly username: string;
  readonly port: number;
  readonly until: number;
  readonly transaction: Buffer;
}

/** A relayed address, and who may send to it. All peers that there are have this server's address, so a permission is for all of them or none. */
export class Allocation {
  readonly client: Endpoint;
  readonly username: string;
  readonly port: number;
  /** Of the request that it was made by. */
  readonly transaction: Buffer;
  until: number;
  readonly #channels = new Map<number, Channel>();
  readonly #numbers = new Map<string, number>();
  #permittedUntil = 0;
  #left: number = limits.burst;
  #since = 0;

  constructor({ client, username, port, until, transaction }: AllocationOptions) {
    this.client = client;
    this.username = username;
    this.port = port;
    this.until = until;
    this.transaction = transaction;
  }

  isOver(now: number): boolean {
    return this.until <= now;
  }

  permit(now: number): void {
    this.#permittedUntil = now + limits.permission;
  }

  isPermitted(now: number): boolean {
    return this.#permittedUntil > now;
  }

  /** False where the number or the peer has another one. */
  bind(channel: number, peer: Endpoint, now: number): boolean {
    if (channel < firstChannel || channel > lastChannel) return false;
    const bound = this.#channels.get(channel);
    const number = this.#numbers.get(keyOf(peer));
    const isSame = bound !== undefined && number === channel;
    if (!isSame && (bound !== undefined || number !== undefined)) return false;
    if (!isSame && this.#channels.size >= limits.channels) return false;
    this.#channels.set(channel, { peer, until: now + limits.channel });
    this.#numbers.set(keyOf(peer), channel);
    return true;
  }

  /** Whom this channel is for. */
  peerOf(channel: number, now: number): Endpoint | undefined {
    const bound = this.#channels.get(channel);
    return bound !== undefined && bound.until > now ? bound.peer : undefined;
  }

  channelOf(peer: Endpoint, now: number): number | undefined {
    const channel = this.#numbers.get(keyOf(peer));
    return channel !== undefined && this.peerOf(channel, now) !== undefined ? channel : undefined;
  }

  mayPass(bytes: number, now: number): boolean {
    // A clock that is set back takes nothing away.
    const gained = (Math.max(0, now - this.#since) * limits.rate) / 1_000;
    this.#since = now;
    this.#left = Math.min(limits.burst, this.#left + gained);
    if (this.#left < bytes) return false;
    this.#left -= bytes;
    return true;
  }
}

export function keyOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
