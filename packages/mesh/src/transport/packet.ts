import { Fault } from "@tilebook/base";

/*
 * A packet is one message of a data channel: a 24-byte head, then bytes. All numbers are little-endian.
 *
 *   byte  size  field
 *      0     2  magic   0x4254, "TB"
 *      2     1  version this file describes version 1
 *      3     1  type    see Type
 *      4     4  stream  the sender numbers its streams; what a receiver says carries the sender's number
 *      8     8  offset  of the first byte in its stream; other types say below what it is
 *     16     4  length  bytes behind the head
 *     20     4  sum     of the bytes behind the head
 */
export const Type = {
  /** Sender: a stream begins. Its offset is the stream's length, its bytes are JSON. */
  open: 1,
  /** Sender: bytes of a stream. */
  data: 2,
  /** Sender: there will be no more of this stream. */
  abort: 3,
  /** Receiver: the sender may send up to this offset. Its bytes (8) are the offset up to which it has taken them. */
  credit: 4,
  /** Receiver: the whole stream is where it belongs. Its bytes are JSON. */
  done: 5,
  /** Receiver: it wants no more of this stream. Its bytes are a fault. */
  refuse: 6,
  /** Sender: a stream of an earlier connection goes on. As `open`, but the receiver answers with its credit before any bytes. */
  reopen: 7,
  /** Both: a message of its own. Its bytes are JSON. */
  message: 8,
  /** Both: are you there? Its offset comes back. */
  ping: 9,
  pong: 10,
  /** Both: I leave. */
  bye: 11,
  /** Both: about another connection between the same two. Its bytes are JSON. */
  dial: 12,
} as const;
export type PacketType = (typeof Type)[keyof typeof Type];

export const headBytes = 24;
/** A message is at most 64 KB: larger ones were no faster, and some implementations stall on them. */
export const mostPayload: number = 64 * 1024 - headBytes;

const magic = 0x4254;
const version = 1;

export interface Packet {
  readonly type: PacketType;
  readonly stream: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function encodePacket({ type, stream, offset, bytes }: Packet): Uint8Array<ArrayBuffer> {
  if (bytes.length > mostPayload) throw wrong(`of ${bytes.length} bytes is too large`);
  const packet = new Uint8Array(headBytes + bytes.length);
  packet.set(bytes, headBytes);
  const head = new DataView(packet.buffer);
  head.setUint16(0, magic, true);
  head.setUint8(2, version);
  head.setUint8(3, type);
  head.setUint32(4, stream, true);
  head.setBigUint64(8, BigInt(offset), true);
  head.setUint32(16, bytes.length, true);
  head.setUint32(20, sumOf(packet.subarray(headBytes)), true);
  return packet;
}

/** Every way a packet can be wrong is a Fault with code `mesh/packet`. The bytes are a view of what is given. */
export function decodePacket(packet: Uint8Array): Packet {
  if (packet.length < headBytes) throw wrong("is cut off in its head");
  const head = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (head.getUint16(0, true) !== magic) throw wrong("does not start with TB");
  if (head.getUint8(2) !== version)
    throw wrong(`has version ${head.getUint8(2)}; this side speaks ${version}`);
  const bytes = packet.subarray(headBytes);
  if (bytes.length !== head.getUint32(16, true) || bytes.length > mostPayload)
    throw wrong("has not the length that its head states");
  if (head.getUint32(20, true) !== sumOf(bytes)) throw wrong("has a wrong sum");
  const offset = Number(head.getBigUint64(8, true));
  if (!Number.isSafeInteger(offset)) throw wrong(`has the offset ${offset}`);
  return { type: typeOf(head.getUint8(3)), stream: head.getUint32(4, true), offset, bytes };
}

function typeOf(number: number): PacketType {
  const type = Object.values(Type).find((candidate) => candidate === number);
  if (type === undefined) throw wrong(`has the unknown type ${number}`);
  return type;
}

/** Finds accidents. Attackers are kept out by keys and hashes, not by this. Four words a step, of which none waits for another; the odd ones last. */
function sumOf(bytes: Uint8Array): number {
  const words = wordsOf(bytes);
  const start = 0x811c9dc5 ^ bytes.length;
  let [a, b, c, d] = [start, start ^ 1, start ^ 2, start ^ 3];
  let word = 0;
  for (; word + 3 < words.length; word += 4) {
    a = mixed(a, words[word] ?? 0);
    b = mixed(b, words[word + 1] ?? 0);
    c = mixed(c, words[word + 2] ?? 0);
    d = mixed(d, words[word + 3] ?? 0);
  }
  let sum = mixed(mixed(mixed(a, b), c), d);
  for (; word < words.length; word++) sum = mixed(sum, words[word] ?? 0);
  for (let at = words.length * 4; at < bytes.length; at++) sum = mixed(sum, bytes[at] ?? 0);
  return sum >>> 0;
}

function mixed(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, 0x01000193);
  return product ^ (product >>> 15);
}

/** As every machine that browsers run on has them: little-endian. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / 4));
}

function wrong(what: string): Fault {
  return new Fault("mesh/packet", `a packet ${what}`);
}
