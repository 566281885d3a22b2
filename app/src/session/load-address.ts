import { Fault, mostFileBytes } from "@tilebook/base";
import { type Progress, readStream, tooLarge } from "./read-stream.ts";

export interface Loading {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  readonly most?: number;
  readonly fetch?: (address: URL, init: RequestInit) => Promise<Response>;
}

/**
 * The file at an address that the person named: by https, or of the site that serves Tilebook. Nothing about the reader goes along but the
 * request itself. Faults `address/text`, `address/reach`, `address/answer`, `address/page`, `asset/large`; an `AbortError` when stopped.
 */
export async function loadAddress(text: string, loading: Loading = {}): Promise<File> {
  const { signal, progress, most = mostFileBytes, fetch = globalThis.fetch.bind(globalThis) } = loading;
  const address = addressOf(text);
  const name = nameOf(address);
  const init = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", signal } as const;
  const response = await fetch(address, init as RequestInit).catch((error: unknown) => {
    throw signal?.aborted === true ? error : unreachable(address);
  });
  const { body, headers } = response;
  if (!response.ok || body === null) throw refused(address, response.status);
  if (isPage(headers)) {
    await body.cancel();
    throw isNoFile(address);
  }
  // Of a body that is unpacked on the way this counts what was sent, and other sites do not tell which those are.
  const announced = Number(headers.get("Content-Length") ?? 0);
  if (announced > most) {
    await body.cancel();
    throw tooLarge(name, most);
  }
  const bytes = await readStream(body, { name, most }, (done) =>
    progress?.(done, done <= announced ? announced : 0),
  ).catch((error: unknown) => {
    throw error instanceof Fault || signal?.aborted === true ? error : brokenOff(address);
  });
  return new File([bytes.slice()], name);
}

function addressOf(given: string): URL {
  const text = given.trim();
  const address = URL.parse(isBare.test(text) ? `https://${text}` : text);
  if (address === null) throw noAddress(`"${text}" is no address`);
  if (address.username !== "") throw noAddress("an address with a name or password in it is not loaded");
  const isOurs = address.origin === globalThis.location?.origin;
  if (address.protocol === "https:" || isOurs) return address;
  throw noAddress(`an address that begins with ${address.protocol} is not loaded`);
}

/** A host with a dot in it and a path, as people write addresses. */
const isBare = /^[\w-]+(?:\.[\w-]+)+\//;

function noAddress(message: string): Fault {
  return new Fault("address/text", message, { hint: "write https://, the site, and the path of the file" });
}

/** What a file at this address is called: the last part of its path. */
function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split("/").findLast((part) => part !== "") ?? hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function isPage(headers: Headers): boolean {
  return /^(?:text\/html|application\/xhtml)/i.test(headers.get("Content-Type") ?? "");
}

function unreachable({ host }: URL): Fault {
  if (!(globalThis.navigator?.onLine ?? true))
    return new Fault("address/reach", "this device is offline", { hint: "choose a file that is on it" });
  return new Fault("address/reach", `${host} did not answer, or does not let other sites read its files`, {
    hint: "download the file in a tab of its own, and choose it here",
  });
}

function brokenOff({ host }: URL): Fault {
  return new Fault("address/reach", `the connection to ${host} broke off`, { hint: "load it again" });
}

function refused({ host }: URL, status: number): Fault {
  const why = status === 404 ? "has no such file" : "does not give the file";
  return new Fault("address/answer", `${host} ${why} (${status})`, { hint: "is the address all of it?" });
}

function isNoFile({ host }: URL): Fault {
  return new Fault("address/page", `${host} gave a page to look at, not a file`, {
    hint: "copy the address of the download itself; at huggingface.co it has /resolve/ in the place of /blob/",
  });
}
