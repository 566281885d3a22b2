import { toBase64Url } from "../room/base64url.ts";

/** Smaller tensors are sent faster than asked for. */
export const leastHashed: number = 256 * 1024;

/** SHA-256 of the bytes; undefined where they are too few to be worth it, and in pages that are not secure, which have no hashes. */
export async function contentHash(bytes: Uint8Array): Promise<string | undefined> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (bytes.length < leastHashed || subtle === undefined) return undefined;
  return toBase64Url(new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}
