import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** Messages of STUN (RFC 8489) as TURN uses them: a head of 20 bytes (type, length, cookie, transaction), then attributes, each filled up to four bytes. */
const headBytes = 20;
const cookie = 0x2112a442;
const fingerprintMask = 0x5354554e;
/** More than anyone has: whoever sends them has not shown who it is. */
const mostAttributes = 32;

export const Method = { binding: 1, allocate: 3, refresh: 4, send: 6, data: 7, permit: 8, bind: 9 } as const;
export const Class = { request: 0x000, indication: 0x010, success: 0x100, failure: 0x110 } as const;
export const Attribute = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  unknown: 0x000a,
  channel: 0x000c,
  lifetime: 0x000d,
  peer: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  relayed: 0x0016,
  family: 0x0017,
  transport: 0x0019,
  mapped: 0x0020,
  fingerprint: 0x8028,
} as const;

/** Of UDP, over IPv4. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface StunMessage {
  /** One of `Method`, or another number. */
  readonly method: number;
  /** One of `Class`. */
  readonly kind: number;
  /** 12 bytes. */
  readonly transaction: Buffer;
  /** The first of each type, of those before the sum. */
  readonly attributes: ReadonlyMap<number, Buffer>;
  /** True when it has a sum (HMAC-SHA1) with this key. */
  isSignedBy(key: Buffer): boolean;
}

/** Undefined where the bytes are no whole message, or their fingerprint is wrong. */
export function readStun(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < headBytes || bytes.length % 4 !== 0) return undefined;
  const type = bytes.readUInt16BE(0);
  const isStun = type < 0x4000 && bytes.readUInt32BE(4) === cookie;
  if (!isStun || bytes.readUInt16BE(2) !== bytes.length - headBytes) return undefined;
  const attributes = new Map<number, Buffer>();
  let signedAt: number | undefined;
  let count = 0;
  for (let at = headBytes; at < bytes.length;) {
    count += 1;
    if (count > mostAttributes) return undefined;
    const [name, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length !== length) return undefined;
    // It is the last, if it is there.
    const isEnd = at + 8 === bytes.length;
    if (name === Attribute.fingerprint && !(isEnd && isFingerprint(value, bytes.subarray(0, at))))
      return undefined;
    if (signedAt === undefined && !attributes.has(name)) attributes.set(name, value);
    if (name === Attribute.integrity) signedAt ??= at;
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return {
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    kind: type & 0x0110,
    transaction: bytes.subarray(8, headBytes),
    attributes,
    isSignedBy: (key) => {
      const sum = attributes.get(Attribute.integrity);
      if (sum?.length !== 20 || signedAt === undefined) return false;
      return timingSafeEqual(sum, sumOf(bytes.subarray(0, signedAt), key));
    },
  };
}

/** The bytes of a message. With a key it has a sum. */
export function writeStun(
  { method, kind, transaction }: Pick<StunMessage, "method" | "kind" | "transaction">,
  attributes: readonly (readonly [type: number, value: Buffer])[],
  key?: Buffer,
): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE((method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) | kind, 0);
  head.writeUInt32BE(cookie, 4);
  transaction.copy(head, 8);
  const bytes = Buffer.concat([head, ...attributes.map(([type, value]) => attributeOf(type, value))]);
  bytes.writeUInt16BE(bytes.length - headBytes, 2);
  return key === undefined ? bytes : withSum(bytes, key);
}

function withSum(bytes: Buffer, key: Buffer): Buffer {
  const whole = Buffer.concat([bytes, attributeOf(Attribute.integrity, sumOf(bytes, key))]);
  whole.writeUInt16BE(whole.length - headBytes, 2);
  return whole;
}

function attributeOf(type: number, value: Buffer): Buffer {
  const attribute = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  attribute.writeUInt16BE(type, 0);
  attribute.writeUInt16BE(value.length, 2);
  value.copy(attribute, 4);
  return attribute;
}

/** Of what stands before the sum, with the length that the message has with it. */
function sumOf(before: Buffer, key: Buffer): Buffer {
  const bytes = Buffer.from(before);
  bytes.writeUInt16BE(before.length - headBytes + 24, 2);
  return createHmac("sha1", key).update(bytes).digest();
}

function isFingerprint(value: Buffer, before: Buffer): boolean {
  return value.length === 4 && value.readUInt32BE(0) === (crc32(before) ^ fingerprintMask) >>> 0;
}

/** An address as the attributes `peer`, `relayed` and `mapped` have it: mixed with the cookie, so that no translator of addresses changes it. */
export function writeEndpoint({ host, port }: Endpoint): Buffer {
  const value = Buffer.alloc(8);
  value.writeUInt8(1, 1);
  value.writeUInt16BE(port ^ (cookie >>> 16), 2);
  value.writeUInt32BE((addressNumber(host) ^ cookie) >>> 0, 4);
  return value;
}

/** Undefined where it is none of IPv4. */
export function readEndpoint(value: Buffer | undefined): Endpoint | undefined {
  if (value?.length !== 8 || value.readUInt8(1) !== 1) return undefined;
  const number = (value.readUInt32BE(4) ^ cookie) >>> 0;
  const host = [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
  return { host, port: value.readUInt16BE(2) ^ (cookie >>> 16) };
}

function addressNumber(host: string): number {
  return host.split(".").reduce((number, part) => ((number << 8) | Number(part)) >>> 0, 0);
}

export function aNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

export function anError(code: number): Buffer {
  return Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
}
