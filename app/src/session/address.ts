import { Fault } from "@tilebook/base";

/** What asks an address; tests put something in its place. */
export type Fetch = (address: URL, init: RequestInit) => Promise<Response>;

/** Nothing about the reader goes along but the request itself, and what comes is not kept by the browser. */
const manner = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const;

/** Asks for all bytes from `from`, or for those up to `to`. Fault `address/reach`, or an `AbortError` when stopped. */
export async function ask(
  address: URL,
  [from, to]: readonly [from: number, to?: number],
  { fetch, signal }: { readonly fetch: Fetch; readonly signal?: AbortSignal | undefined },
): Promise<Response> {
  const init: RequestInit = { ...manner, ...(signal !== undefined && { signal }) };
  const range = `bytes=${from}-${to === undefined ? "" : to - 1}`;
  const failed = (error: unknown): never => {
    throw signal?.aborted === true ? error : unreachable(address);
  };
  const asked = fetch(address, { ...init, headers: { Range: range } });
  if (from > 0 || to !== undefined) return asked.catch(failed);
  // A site that lets others read its files may still refuse to be asked for parts of them.
  return asked.catch((error: unknown) =>
    signal?.aborted === true ? failed(error) : fetch(address, init).catch(failed),
  );
}

/** Where the bytes of an answer lie in its file, as far as it tells: sites may hide `Content-Range` from others. */
export function placeOf({
  headers,
}: Response): { readonly from: number; readonly to: number; readonly size: number | undefined } | undefined {
  const said = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("Content-Range") ?? "");
  if (said === null) return undefined;
  const [, from, last, size] = said;
  return { from: Number(from), to: Number(last) + 1, size: size === "*" ? undefined : Number(size) };
}

/** What tells a version of a file from the next one, as far as the site shows it: empty, where it shows nothing. */
export function versionOf({ headers }: Response): string {
  return `${headers.get("ETag") ?? ""} ${headers.get("Last-Modified") ?? ""}`.trim();
}

/** An address as people write it. Fault `address/text`. */
export function addressOf(given: string): URL {
  const text = given.trim();
  const address = URL.parse(isBare.test(text) ? `https://${text}` : text);
  if (address === null) throw noAddress(`"${text}" is no address`);
  if (address.username !== "") throw noAddress("an address with a name or password in it is not loaded");
  const isOurs = address.origin === globalThis.location?.origin;
  if (address.protocol === "https:" || isOurs) return address;
  throw noAddress(`an address that begins with ${address.protocol} is not loaded`);
}

/** A host with a dot in it and a path. */
const isBare = /^[\w-]+(?:\.[\w-]+)+\//;

/** What a file at this address is called: the last part of its path. */
export function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split("/").findLast((part) => part !== "") ?? hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function noAddress(message: string): Fault {
  return new Fault("address/text", message, { hint: "write https://, the site, and the path of the file" });
}

function unreachable({ host }: URL): Fault {
  if (!(globalThis.navigator?.onLine ?? true))
    return new Fault("address/reach", "this device is offline", { hint: "choose a file that is on it" });
  return new Fault("address/reach", `${host} did not answer, or does not let other sites read its files`, {
    hint: "download the file in a tab of its own, and choose it here",
  });
}

/** Fault `address/reach`. */
export function brokenOff({ host }: URL): Fault {
  return new Fault("address/reach", `the connection to ${host} broke off`, { hint: "load it again" });
}

/** Fault `address/answer`. */
export function refused({ host }: URL, status: number): Fault {
  const why = status === 404 ? "has no such file" : "does not give the file";
  return new Fault("address/answer", `${host} ${why} (${status})`, { hint: "is the address all of it?" });
}
