/** SHA-256 as hex digits; undefined where the page is no secure context and the browser hides it. */
export async function sha256(bytes: BufferSource): Promise<string | undefined> {
  const { subtle } = globalThis.crypto as Crypto & { readonly subtle?: SubtleCrypto };
  if (subtle === undefined) return undefined;
  const hash = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
