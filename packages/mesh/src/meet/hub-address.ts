import { Fault } from "@tilebook/base";
import { fromBase64Url, toBase64Url } from "../room/base64url.ts";

/** All that a page has to know to reach a hub, and to be sure that it is the one. */
export interface HubAddress {
  /** IPv4, as `10.0.0.7`: a browser asks nobody for a name here. */
  readonly host: string;
  /** Of UDP. */
  readonly port: number;
  /** SHA-256 of its certificate. */
  readonly certificate: Uint8Array<ArrayBuffer>;
}

const hashBytes = 32;
const addressBytes = 6;

/** 51 characters for links. */
export function hubCode({ host, port, certificate }: HubAddress): string {
  const numbers = host.split(".").map(Number);
  return toBase64Url(new Uint8Array([...numbers, port >> 8, port & 0xff, ...certificate]));
}

/** The inverse. Fault `room/hub` for anything else. */
export function readHubCode(code: string): HubAddress {
  const bytes = bytesOf(code);
  const [a = 0, b = 0, c = 0, d = 0, high = 0, low = 0] = bytes;
  const port = (high << 8) | low;
  if (bytes.length !== addressBytes + hashBytes || port === 0) throw noHub();
  return { host: [a, b, c, d].join("."), port, certificate: bytes.slice(addressBytes) };
}

function bytesOf(code: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64Url(code);
  } catch (cause) {
    throw noHub(cause);
  }
}

function noHub(cause?: unknown): Fault {
  return new Fault("room/hub", "this is no code of a hub", {
    hint: "it is the 51 characters that `npx tilebook hub` prints",
    cause,
  });
}
