import { parse } from "../document/parse.ts";
import { fromBase64url, toBase64url } from "./base64url.ts";
import { crc32 } from "./crc32.ts";
import { deflate, inflate } from "./deflate.ts";
import { linkFaults } from "./faults.ts";
import { checkLimits, documentLimits } from "./limits.ts";

/*
 * A self-contained link is `#n1=` and, in base64url, these bytes; `&` may follow with more keys for the page.
 *
 *   byte  size  field
 *      0     4  length   of the body, little-endian: a shorter body means that the link was cut
 *      4     4  sum      CRC-32 of the unpacked bytes, little-endian
 *      8     .  body     the text of the .nb.md file as UTF-8, packed by raw deflate
 */
const headBytes = 8;
const prefix = "n1=";

/** Most characters of a link's payload; browsers give up on URLs at about 2 MB. */
export const mostLinkCharacters = 1_900_000;

/** The fragment (`#n1=...`) that holds the whole text of a notebook. Fails with `link/...` when it is beyond the limits. */
export async function encodeLink(text: string): Promise<string> {
  checkLimits(parse(text));
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > documentLimits.bytes) throw linkFaults.tooBig(documentLimits.bytes);
  const body = await deflate(bytes);
  const packed = new Uint8Array(headBytes + body.length);
  const head = new DataView(packed.buffer);
  head.setUint32(0, body.length, true);
  head.setUint32(4, crc32(bytes), true);
  packed.set(body, headBytes);
  const payload = toBase64url(packed);
  if (payload.length > mostLinkCharacters) throw linkFaults.tooLong(payload.length, mostLinkCharacters);
  return `#${prefix}${payload}`;
}

/**
 * The text in a fragment made by `encodeLink`, with or without `#`. The text may be hostile; it is within the limits
 * and nothing else is known of it. Never unpacks more than 8 MiB.
 *
 * Fails with `link/version`, `too-long`, `not-base64url`, `cut`, `corrupt`, `too-big`, `utf8`, `cells` or `cell`.
 */
export async function decodeLink(fragment: string): Promise<string> {
  const bytes = payloadOf(fragment);
  const head = new DataView(bytes.buffer);
  if (bytes.length < headBytes) throw linkFaults.cut(bytes.length, headBytes);
  const body = bytes.subarray(headBytes);
  const length = head.getUint32(0, true);
  if (body.length < length) throw linkFaults.cut(body.length, length);
  if (body.length > length) throw linkFaults.corrupt();
  const inflated = await inflate(body, documentLimits.bytes);
  if (inflated.end === "too-big") throw linkFaults.tooBig(documentLimits.bytes);
  if (inflated.end === "corrupt") throw linkFaults.corrupt(inflated.cause);
  if (crc32(inflated.bytes) !== head.getUint32(4, true)) throw linkFaults.corrupt();
  const text = textOf(inflated.bytes);
  checkLimits(parse(text));
  return text;
}

function payloadOf(fragment: string): Uint8Array<ArrayBuffer> {
  const [first = ""] = fragment
    .slice(0, mostLinkCharacters + 2 ** 12)
    .replace(/^#/, "")
    .split("&", 1);
  if (!first.startsWith(prefix)) throw linkFaults.version(first);
  const payload = first.slice(prefix.length);
  if (payload.length > mostLinkCharacters) throw linkFaults.tooLong(fragment.length, mostLinkCharacters);
  const bytes = fromBase64url(payload);
  if (bytes === undefined) throw linkFaults.notBase64url();
  return bytes;
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw linkFaults.utf8(cause);
  }
}
