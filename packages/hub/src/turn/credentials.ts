import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Endpoint } from "./stun.ts";

export interface Credential {
  readonly username: string;
  readonly password: string;
}

export const realm = "tilebook";

/** Milliseconds for which a credential can be used to begin, and for which a nonce is good. */
const credentialMs = 60 * 60_000;
const nonceMs = 10 * 60_000;

/** Credentials that need no list: a user's name says until when it is good, and the password is its sum (as in the draft "REST API for access to TURN services"). */
export class Credentials {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  make(): Credential {
    const until = Math.floor((this.#now() + credentialMs) / 1_000);
    const username = `${until}:${randomBytes(6).toString("base64url")}`;
    return { username, password: this.#password(username) };
  }

  /** The key with which this user signs (RFC 8489, long-term credentials); undefined for a name that is none of ours. Whose time is over has one still. */
  keyOf(username: string): Buffer | undefined {
    if (!/^\d{1,12}:[\w-]{8}$/u.test(username)) return undefined;
    return createHash("md5")
      .update(`${username}:${realm}:${this.#password(username)}`)
      .digest();
  }

  isOver(username: string): boolean {
    return Number.parseInt(username, 10) * 1_000 < this.#now();
  }

  /** A word that a client must repeat, so that what it says cannot be said again later, or from elsewhere. */
  nonce(client: Endpoint): string {
    const until = (this.#now() + nonceMs).toString(36);
    return `${until}.${this.#sum(`${until} ${client.host}:${client.port}`)}`;
  }

  isNonce(nonce: string, client: Endpoint): boolean {
    const [until = "", sum = ""] = nonce.split(".");
    const right = Buffer.from(this.#sum(`${until} ${client.host}:${client.port}`));
    const given = Buffer.from(sum);
    const isOurs = given.length === right.length && timingSafeEqual(given, right);
    return isOurs && Number.parseInt(until, 36) >= this.#now();
  }

  #password(username: string): string {
    return this.#sum(`user ${username}`);
  }

  #sum(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("base64url").slice(0, 24);
  }
}
