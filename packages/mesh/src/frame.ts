import { Fault } from "@tilebook/base";

/*
 * A frame is what one side of a wire sends the other: a 20-byte head, then JSON, then raw bytes.
 * All numbers are little-endian.
 *
 *   byte  size  field
 *      0     2  magic    0x4254, "TB"
 *      2     1  version  this file describes version 1
 *      3     1  kind     see Kind
 *      4     4  call     the answer to a call carries the call's number
 *      8     4  text     bytes of JSON (UTF-8); at most MAX_TEXT
 *     12     4  body     bytes after it; at most MAX_BODY
 *     16     4  sum      FNV-1a of the JSON and the body
 */
export const Kind = { hello: 1, upload: 2, run: 3, read: 4, free: 5, stop: 6, result: 7, fault: 8 } as const;
export type KindNumber = (typeof Kind)[keyof typeof Kind];

export const HEAD_BYTES = 20;
export const MAX_TEXT: number = 8 * 2 ** 20;
export const MAX_BODY: number = 256 * 2 ** 20;

const MAGIC = 0x4254;
const VERSION = 1;

export interface Frame {
  readonly kind: KindNumber;
  readonly call: number;
  /** Anything JSON can say. What comes out of `decodeFrame` is not checked beyond being JSON. */
  readonly value: unknown;
  readonly body: Uint8Array;
}

export function encodeFrame(frame: Frame): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(frame.value ?? null));
  refuseLarge(text.length, frame.body.length);
  const bytes = new Uint8Array(HEAD_BYTES + text.length + frame.body.length);
  bytes.set(text, HEAD_BYTES);
  bytes.set(frame.body, HEAD_BYTES + text.length);
  const head = new DataView(bytes.buffer);
  head.setUint16(0, MAGIC, true);
  head.setUint8(2, VERSION);
  head.setUint8(3, frame.kind);
  head.setUint32(4, frame.call, true);
  head.setUint32(8, text.length, true);
  head.setUint32(12, frame.body.length, true);
  head.setUint32(16, sumOf(bytes.subarray(HEAD_BYTES)), true);
  return bytes;
}

/** Reads one whole frame. Every way it can be wrong is a Fault with code `mesh/frame`; nothing is allocated before it is known to be there. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEAD_BYTES) throw wrong("is cut off in its head");
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (head.getUint16(0, true) !== MAGIC) throw wrong("does not start with TB");
  if (head.getUint8(2) !== VERSION)
    throw wrong(`has version ${head.getUint8(2)}; this side speaks ${VERSION}`);
  const kind = kindOf(head.getUint8(3));
  const textBytes = head.getUint32(8, true);
  const bodyBytes = head.getUint32(12, true);
  refuseLarge(textBytes, bodyBytes);
  if (bytes.length !== HEAD_BYTES + textBytes + bodyBytes) throw wrong("has not the length its head states");
  if (head.getUint32(16, true) !== sumOf(bytes.subarray(HEAD_BYTES))) throw wrong("has a wrong sum");
  const value = parse(bytes.subarray(HEAD_BYTES, HEAD_BYTES + textBytes));
  return { kind, call: head.getUint32(4, true), value, body: bytes.slice(HEAD_BYTES + textBytes) };
}

function kindOf(number: number): KindNumber {
  const kind = Object.values(Kind).find((candidate) => candidate === number);
  if (kind === undefined) throw wrong(`has the unknown kind ${number}`);
  return kind;
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw new Fault("mesh/frame", "a frame holds text that is not JSON", { cause });
  }
}

function refuseLarge(text: number, body: number): void {
  if (text > MAX_TEXT || body > MAX_BODY) throw wrong(`is too large (${text} + ${body} bytes)`);
}

/** FNV-1a, 32 bits: finds accidents. Attackers are kept out by signatures, not by this. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}

function wrong(what: string): Fault {
  return new Fault("mesh/frame", `a frame ${what}`);
}
