import { createHash, randomBytes } from "node:crypto";
import { assert, property, uint8Array } from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type Credential, Credentials, realm } from "./credentials.ts";
import { channelData, readChannelData } from "./frames.ts";
import {
  aNumber,
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
import { TurnSwitch } from "./switch.ts";

const host = "10.0.0.1";
let now = 0;
let credentials = new Credentials(() => now);
let inbox = new Map<number, Buffer[]>();
let turn: TurnSwitch;

beforeEach(() => {
  now = 1_800_000_000_000;
  credentials = new Credentials(() => now);
  inbox = new Map();
  turn = new TurnSwitch({
    host,
    credentials,
    now: () => now,
    send: (bytes, to) => void inbox.set(to.port, [...(inbox.get(to.port) ?? []), bytes]),
  });
});

/** A client at a port of 10.0.0.9: what browsers do, in order. */
class Client {
  readonly at: Endpoint;
  #nonce = "";
  readonly #credential: Credential;

  constructor(port: number, credential = credentials.make()) {
    this.at = { host: "10.0.0.9", port };
    this.#credential = credential;
  }

  get received(): Buffer[] {
    const got = inbox.get(this.at.port) ?? [];
    inbox.delete(this.at.port);
    return got;
  }

  ask(
    method: number,
    attributes: readonly (readonly [number, Buffer])[] = [],
    transaction = randomBytes(12),
  ): StunMessage {
    const { username, password } = this.#credential;
    const key = createHash("md5").update(`${username}:${realm}:${password}`).digest();
    const who = [
      [Attribute.username, Buffer.from(username)],
      [Attribute.realm, Buffer.from(realm)],
      [Attribute.nonce, Buffer.from(this.#nonce)],
    ] as const;
    const message = { method, kind: Class.request, transaction };
    turn.hear(writeStun(message, [...attributes, ...who], key), this.at);
    const [bytes = Buffer.alloc(0)] = this.received;
    const answer = readStun(bytes);
    if (answer === undefined) throw new Error("no answer");
    const isFirst = this.#nonce === "";
    this.#nonce = answer.attributes.get(Attribute.nonce)?.toString() ?? this.#nonce;
    return isFirst && codeOf(answer) >= 400 ? this.ask(method, attributes, transaction) : answer;
  }

  allocate(): Endpoint {
    const answer = this.ask(Method.allocate, [[Attribute.transport, Buffer.from([17, 0, 0, 0])]]);
    const relayed = readEndpoint(answer.attributes.get(Attribute.relayed));
    if (relayed === undefined) throw new Error(`refused: ${codeOf(answer)}`);
    return relayed;
  }

  send(to: Endpoint, data: string): void {
    const message = { method: Method.send, kind: Class.indication, transaction: randomBytes(12) };
    const attributes = [
      [Attribute.peer, writeEndpoint(to)],
      [Attribute.data, Buffer.from(data)],
    ] as const;
    turn.hear(writeStun(message, attributes), this.at);
  }

  bind(channel: number, peer: Endpoint): number {
    const number = Buffer.alloc(4);
    number.writeUInt16BE(channel, 0);
    return codeOf(
      this.ask(Method.bind, [
        [Attribute.channel, number],
        [Attribute.peer, writeEndpoint(peer)],
      ]),
    );
  }

  permit(peer: Endpoint): number {
    return codeOf(this.ask(Method.permit, [[Attribute.peer, writeEndpoint(peer)]]));
  }
}

/** 0 for success. */
function codeOf({ attributes }: StunMessage): number {
  const error = attributes.get(Attribute.error);
  return error === undefined ? 0 : error.readUInt8(2) * 100 + error.readUInt8(3);
}

describe("a closed switch", () => {
  test("[TU5] two clients with relayed addresses hear each other, by messages and by channels", () => {
    const [a, b] = [new Client(1), new Client(2)];
    const [atA, atB] = [a.allocate(), b.allocate()];
    expect([atA.host, atB.host, turn.size]).toEqual([host, host, 2]);
    expect([a.permit(atB), b.permit(atA)]).toEqual([0, 0]);
    a.send(atB, "one");
    const indication = readStun(b.received[0] ?? Buffer.alloc(0));
    expect(indication).toMatchObject({ method: Method.data, kind: Class.indication });
    expect(indication?.attributes.get(Attribute.data)?.toString()).toBe("one");
    expect(readEndpoint(indication?.attributes.get(Attribute.peer))).toEqual(atA);
    expect([a.bind(0x4001, atB), b.bind(0x4002, atA)]).toEqual([0, 0]);
    turn.hear(channelData(0x4001, Buffer.from("two")), a.at);
    expect(b.received.map((bytes) => readChannelData(bytes))).toEqual([
      { channel: 0x4002, data: Buffer.from("two") },
    ]);
  });

  test("[TU6] nothing goes to an address that is not relayed here, and nothing to who has not let it", () => {
    const [a, b] = [new Client(1), new Client(2)];
    const [atA, atB] = [a.allocate(), b.allocate()];
    let channel = 0x4000;
    b.permit(atA);
    for (const elsewhere of ["10.0.0.2", "127.0.0.1", "255.255.255.255"])
      for (const port of [80, atB.port]) {
        channel += 1;
        a.permit({ host: elsewhere, port });
        a.bind(channel, { host: elsewhere, port });
        a.send({ host: elsewhere, port }, "x");
        turn.hear(channelData(channel, Buffer.from("x")), a.at);
      }
    // A permission for others is none for those here.
    a.send(atB, "not yet");
    expect(inbox.size).toBe(0);
    expect(a.permit(atB)).toBe(0);
    a.send({ host, port: 22 }, "a port of this machine");
    a.send({ host: "10.0.0.2", port: atB.port }, "elsewhere, with a port that is here");
    expect(inbox.size).toBe(0);
    a.send(atB, "now");
    expect(b.received).toHaveLength(1);
    now += 301_000;
    a.send(atB, "the permission is over");
    a.permit(atB);
    a.send(atB, "b has let nobody");
    expect(inbox.size).toBe(0);
  });

  test("[TU7] who has no credential, an old one, another's or an old nonce gets nothing", () => {
    const wrong = { ...credentials.make(), password: "wrong" };
    expect(() => new Client(1, wrong).allocate()).toThrow("401");
    const foreign = new Credentials(() => now).make();
    expect(() => new Client(2, foreign).allocate()).toThrow("401");
    const old = credentials.make();
    const begun = new Client(3, old);
    begun.allocate();
    now += 3_700_000;
    expect(() => new Client(4, old).allocate()).toThrow("401");
    const another = new Client(3);
    expect(codeOf(another.ask(Method.refresh))).toBe(437);
    const late = new Client(5);
    late.allocate();
    now += 590_000;
    expect(codeOf(late.ask(Method.refresh))).toBe(0);
    now += 590_000;
    // The client repeats it with the new nonce.
    expect(codeOf(late.ask(Method.refresh))).toBe(438);
    expect(codeOf(late.ask(Method.refresh))).toBe(0);
  });

  test("[TU8] relayed addresses end when they are not asked for again, and when they are given back", () => {
    const [a, b] = [new Client(1), new Client(2)];
    a.allocate();
    b.allocate();
    expect(codeOf(a.ask(Method.refresh, [[Attribute.lifetime, aNumber(0)]]))).toBe(0);
    expect(turn.size).toBe(1);
    now += 601_000;
    turn.sweep();
    expect(turn.size).toBe(0);
  });

  test("[TU9] one user has at most 512, all have 4,000, and the same request again is the same address", () => {
    const user = credentials.make();
    for (let port = 1; port <= 512; port++) new Client(port, user).allocate();
    expect(() => new Client(513, user).allocate()).toThrow("486");
    const again = new Client(514);
    const transaction = randomBytes(12);
    const attributes = [[Attribute.transport, Buffer.from([17, 0, 0, 0])]] as const;
    const [first, second] = [0, 1].map(() => again.ask(Method.allocate, attributes, transaction));
    expect(second?.attributes.get(Attribute.relayed)).toEqual(first?.attributes.get(Attribute.relayed));
    expect(codeOf(again.ask(Method.allocate, attributes))).toBe(437);
    for (let port = 1_000; turn.size < 4_000; port++) {
      now += 2;
      new Client(port).allocate();
    }
    expect(() => new Client(9_999).allocate()).toThrow("508");
  });

  test("[TU10] one passes on 32 MB a second; strangers get 500 answers a second", () => {
    const [a, b] = [new Client(1), new Client(2)];
    const [atA, atB] = [a.allocate(), b.allocate()];
    b.permit(atA);
    a.bind(0x4001, atB);
    const data = channelData(0x4001, Buffer.alloc(60_000));
    const send = (times: number): number => {
      for (let sent = 0; sent < times; sent++) turn.hear(data, a.at);
      return b.received.length;
    };
    expect(send(1_000)).toBe(559);
    now += 100;
    expect(send(1_000)).toBe(56);
    const asked = writeStun(
      { method: Method.allocate, kind: Class.request, transaction: randomBytes(12) },
      [],
    );
    for (let sent = 0; sent < 5_000; sent++) turn.hear(asked, { host: "10.0.0.7", port: 7 });
    expect(inbox.get(7)?.length).toBeLessThanOrEqual(2_000);
    // What a stranger is told is not much longer than what it has said: nobody is flooded by way of it.
    expect(inbox.get(7)?.[0]?.length).toBeLessThan(120);
  });

  test("[TU11] any bytes, from whoever has an address, do nothing else", () => {
    const a = new Client(1);
    a.allocate();
    assert(
      property(uint8Array({ maxLength: 100 }), (noise) => {
        turn.hear(Buffer.from(noise), a.at);
        turn.hear(channelData(0x4001, Buffer.from(noise)), a.at);
        for (const method of [Method.allocate, Method.refresh, Method.permit, Method.bind])
          a.ask(method, [
            [Attribute.peer, Buffer.from(noise.subarray(0, 8))],
            [Attribute.channel, Buffer.from(noise.subarray(0, 4))],
            [Attribute.lifetime, aNumber(600)],
          ]);
      }),
      { numRuns: 300 },
    );
    expect(turn.size).toBe(1);
  });
});
