import { toBase64Url } from "./base64url.ts";

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;

/** What a key is known by: the first 128 bits of the SHA-256 of its raw form. */
export type KeyId = string;

/** A device's own key. Its private half cannot be taken out; IndexedDB can hold the pair. */
export interface Identity {
  readonly pair: CryptoKeyPair;
  /** The public half: 65 bytes, uncompressed. */
  readonly key: Uint8Array<ArrayBuffer>;
  readonly id: KeyId;
}

/** P-256, which every browser with WebGPU has. */
export async function newIdentity(): Promise<Identity> {
  return identityOf(await crypto.subtle.generateKey(curve, false, ["sign", "verify"]));
}

/** The identity of a pair that was kept. */
export async function identityOf(pair: CryptoKeyPair): Promise<Identity> {
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { pair, key, id: await keyId(key) };
}

export async function keyId(key: Uint8Array<ArrayBuffer>): Promise<KeyId> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", key)).subarray(0, 16));
}

export async function sign({ pair }: Identity, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign(signing, pair.privateKey, bytes));
}

/** Whether the owner of a public key signed these bytes. False, too, for what is no key. */
export async function isSignedBy(
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const known = await crypto.subtle.importKey("raw", key, curve, false, ["verify"]);
    return await crypto.subtle.verify(signing, known, signature, bytes);
  } catch {
    return false;
  }
}
