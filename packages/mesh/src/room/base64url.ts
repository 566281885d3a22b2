import { Fault } from "@tilebook/base";

/** Bytes as text for links and messages. */
export function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The inverse; Fault `mesh/text` for anything that `toBase64Url` does not give. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/u.test(text) || text.length % 4 === 1) throw new Fault("mesh/text", "this is no base64url");
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0),
  );
  if (toBase64Url(bytes) !== text) throw new Fault("mesh/text", "this is no base64url");
  return bytes;
}
