import { Fault } from "@tilebook/base";
import { addressOf, ask, brokenOff, type Fetch, nameOf, placeOf, refused, versionOf } from "./address.ts";
import { Gathered, type Progress, tooLarge } from "./read-stream.ts";
import { RemoteFile } from "./remote-file.ts";

export interface Loading {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  readonly most?: number;
  /** Of a file that is larger than this, and can be read in parts, the person decides what is loaded. */
  readonly large?: number;
  /** True: it stays where it is, and what cells read of it is asked for. */
  readonly inParts?: (found: RemoteFile) => Promise<boolean>;
  readonly fetch?: Fetch;
}

/** Most bytes of a file that is loaded as a whole: it lies where the browser keeps blobs, on the disk if it is large. */
const mostLoaded = 2 ** 32;
const largeBytes = 2 ** 28;
/** So often a connection may break off, and the rest of the file is asked for. */
const mostBreaks = 3;

/**
 * The file at an address that the person named: by https, or of the site that serves Tilebook. Faults `address/text`, `address/reach`,
 * `address/answer`, `address/page`, `asset/large`, `asset/cut`; an `AbortError` when stopped.
 */
export async function loadAddress(text: string, loading: Loading = {}): Promise<File | RemoteFile> {
  const { signal, most = mostLoaded, large = largeBytes, inParts } = loading;
  const fetch = loading.fetch ?? globalThis.fetch.bind(globalThis);
  const address = addressOf(text);
  const name = nameOf(address);
  const open = async (): Promise<Opened> => checked(address, await ask(address, [0], { fetch, signal }));
  const opened = await open();
  const { size } = opened;
  if (size === undefined || size <= large || inParts === undefined)
    return load(opened, name, { ...loading, most, fetch });
  // The person may take a while to decide.
  await opened.body.cancel();
  const found = new RemoteFile({ address, name, size, version: opened.version, fetch });
  return (await inParts(found)) ? found : load(await open(), name, { ...loading, most, fetch });
}

interface Opened {
  readonly address: URL;
  readonly body: ReadableStream<Uint8Array>;
  /** How many bytes will come. Of a body that is unpacked on the way this counts what was sent, and other sites do not tell which those are. */
  readonly announced: number;
  /** Bytes of the file, where parts of it can be had: those are not packed. */
  readonly size: number | undefined;
  readonly version: string;
}

async function checked(address: URL, response: Response): Promise<Opened> {
  const { body, headers, status } = response;
  const announced = Number(headers.get("Content-Length") ?? 0);
  const place = placeOf(response);
  const said = place === undefined ? announced : place.to;
  const fault =
    !response.ok || body === null
      ? refused(address, status)
      : isPage(headers)
        ? isNoFile(address)
        : place !== undefined && (place.from > 0 || said !== (place.size ?? said))
          ? isPart(address, place)
          : undefined;
  if (fault === undefined && body !== null) {
    const size = status === 206 && said > 0 ? said : undefined;
    return { address, body, announced: said, size, version: versionOf(response) };
  }
  await body?.cancel();
  throw fault ?? refused(address, status);
}

type Reads = Loading & { readonly most: number; readonly fetch: Fetch };

async function load(opened: Opened, name: string, reads: Reads): Promise<File> {
  const { address, announced, size } = opened;
  const { signal, most, progress } = reads;
  if (announced > most) {
    await opened.body.cancel();
    throw tooLarge(name, most);
  }
  const gathered = new Gathered();
  let { body } = opened;
  for (let breaks = 0; ; breaks++) {
    const before = gathered.size;
    const left = size === undefined ? undefined : size - before;
    const far: Progress = (done) => progress?.(before + done, before + done <= announced ? announced : 0);
    const failed = await gathered.add(body, { name, bytes: left, most: most - before }, far).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Fault || signal?.aborted === true) throw error;
        return true;
      },
    );
    if (!failed || gathered.size === size) return new File([gathered.blob()], name);
    // Without a version, the rest could be that of another file.
    if (size === undefined || opened.version === "" || breaks >= mostBreaks) throw brokenOff(address);
    body = await goOn(opened, [gathered.size, size], reads);
  }
}

/** The rest of a file whose connection broke off. */
async function goOn(
  { address, version }: Opened,
  [from, size]: readonly [number, number],
  reads: Reads,
): Promise<ReadableStream<Uint8Array>> {
  const response = await ask(address, [from, size], reads);
  const place = placeOf(response);
  const isRest = response.status === 206 && versionOf(response) === version && (place?.from ?? from) === from;
  if (isRest && response.body !== null) return response.body;
  await response.body?.cancel();
  throw brokenOff(address);
}

function isPart({ host }: URL, { from, to }: { readonly from: number; readonly to: number }): Fault {
  return new Fault(
    "address/parts",
    `${host} was asked for all of the file, and gives bytes ${from} to ${to}`,
    {
      hint: "download the file in a tab of its own, and choose it here",
    },
  );
}

function isPage(headers: Headers): boolean {
  return /^(?:text\/html|application\/xhtml)/i.test(headers.get("Content-Type") ?? "");
}

function isNoFile({ host }: URL): Fault {
  return new Fault("address/page", `${host} gave a page to look at, not a file`, {
    hint: "copy the address of the download itself; at huggingface.co it has /resolve/ in the place of /blob/",
  });
}
