import { type Credentials, realm } from "./credentials.ts";
import { anError, Attribute, Class, type Endpoint, type StunMessage, writeStun } from "./stun.ts";

/** Answers a second to those who have not shown who they are, for long and at once: their addresses may be somebody else's. */
const strangers = { rate: 500, burst: 2_000 } as const;

export type Verdict =
  | { readonly username: string; readonly key: Buffer }
  /** What it is told. */
  | { readonly refused: Buffer };

/** Attributes that a client may insist on. */
const understood: ReadonlySet<number> = new Set(Object.values(Attribute));

/** Finds out who says something, as RFC 8489 has it for long-term credentials. */
export class Guard {
  readonly #credentials: Credentials;
  readonly #now: () => number;
  #left: number = strangers.burst;
  #since: number;

  constructor(credentials: Credentials, now: () => number) {
    this.#credentials = credentials;
    this.#now = now;
    this.#since = now();
  }

  /** Undefined where there is no answer at all. */
  check(stun: StunMessage, from: Endpoint): Verdict | undefined {
    const { attributes } = stun;
    const username = attributes.get(Attribute.username)?.toString("utf8") ?? "";
    const key = this.#credentials.keyOf(username);
    if (key === undefined || !stun.isSignedBy(key)) return this.#refuse(stun, from, 401);
    if (!this.#credentials.isNonce(attributes.get(Attribute.nonce)?.toString("utf8") ?? "", from))
      return this.#refuse(stun, from, 438);
    const unknown = Array.from(attributes.keys()).filter((type) => type < 0x8000 && !understood.has(type));
    return unknown.length > 0 ? { refused: unknownTo(stun, unknown, key) } : { username, key };
  }

  mayAnswerStranger(): boolean {
    const now = this.#now();
    // A clock that is set back takes nothing away.
    const gained = (Math.max(0, now - this.#since) * strangers.rate) / 1_000;
    this.#left = Math.min(strangers.burst, this.#left + gained);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  #refuse({ method, transaction }: StunMessage, from: Endpoint, code: number): Verdict | undefined {
    if (!this.mayAnswerStranger()) return undefined;
    const refused = writeStun({ method, transaction, kind: Class.failure }, [
      [Attribute.error, anError(code)],
      [Attribute.realm, Buffer.from(realm)],
      [Attribute.nonce, Buffer.from(this.#credentials.nonce(from))],
    ]);
    return { refused };
  }
}

function unknownTo({ method, transaction }: StunMessage, unknown: readonly number[], key: Buffer): Buffer {
  const types = Buffer.alloc(2 * unknown.length);
  unknown.forEach((type, at) => types.writeUInt16BE(type, 2 * at));
  const attributes = [
    [Attribute.error, anError(420)],
    [Attribute.unknown, types],
  ] as const;
  return writeStun({ method, transaction, kind: Class.failure }, attributes, key);
}
