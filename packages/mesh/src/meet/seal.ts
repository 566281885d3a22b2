import { fromBase64Url, toBase64Url } from "../room/base64url.ts";

const nonceBytes = 12;

/** Seals what is said at a place, with a key that only its secret gives: relays see how long it is, and can change or move nothing of it unnoticed. */
export class Seal {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  static async of(secret: Uint8Array<ArrayBuffer>): Promise<Seal> {
    const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    const info = new TextEncoder().encode("tilebook signals 1");
    const key = await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info },
      base,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt", "decrypt"],
    );
    return new Seal(key);
  }

  async close(topic: string, text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const bytes = new TextEncoder().encode(text);
    const sealed = await crypto.subtle.encrypt(this.#with(iv, topic), this.#key, bytes);
    return toBase64Url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
  }

  /** Undefined for what was not sealed with this secret, for this topic. */
  async open(topic: string, text: string): Promise<string | undefined> {
    try {
      const bytes = fromBase64Url(text);
      const [iv, sealed] = [bytes.slice(0, nonceBytes), bytes.slice(nonceBytes)];
      return new TextDecoder().decode(await crypto.subtle.decrypt(this.#with(iv, topic), this.#key, sealed));
    } catch {
      return undefined;
    }
  }

  #with(iv: Uint8Array<ArrayBuffer>, topic: string): AesGcmParams {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(topic) };
  }
}
