import { Fault } from "@tilebook/base";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { type Identity, isSignedBy, type KeyId, keyId, sign } from "./identity.ts";
import type { Signal } from "./room-words.ts";

/** Between whom a signal goes. */
export interface Ways {
  readonly room: KeyId;
  readonly from: KeyId;
  readonly to: KeyId;
}

/**
 * A signal, signed for one receiver and one session. Descriptions carry the fingerprints of both ends, and the browser checks these: so who passes signals on
 * cannot get between the two, and a signal of another session or for another peer is none.
 */
export async function signSignal(
  identity: Identity,
  ways: Ways,
  said: Pick<Signal, "session" | "kind" | "body">,
): Promise<Signal> {
  const signature = toBase64Url(await sign(identity, transcript(ways, said)));
  return { ...said, key: toBase64Url(identity.key), signature };
}

/** Fault `room/proof` where the sender did not say this. */
export async function checkSignal(ways: Ways, signal: Signal): Promise<void> {
  const key = fromBase64Url(signal.key);
  const isTheirs = (await keyId(key)) === ways.from;
  if (!isTheirs || !(await isSignedBy(key, fromBase64Url(signal.signature), transcript(ways, signal))))
    throw new Fault("room/proof", "a signal is not of whom it seems to be");
}

function transcript(
  { room, from, to }: Ways,
  { session, kind, body }: Pick<Signal, "session" | "kind" | "body">,
): Uint8Array<ArrayBuffer> {
  const parts = ["tilebook edge 1", room, from, to, session, kind, body];
  return new TextEncoder().encode(parts.map((part) => `${part.length}:${part}`).join(""));
}
