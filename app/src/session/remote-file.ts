import { Fault, mostFileBytes } from "@tilebook/base";
import { ask, brokenOff, type Fetch, placeOf, refused, versionOf } from "./address.ts";
import { type Progress, readBlob } from "./read-stream.ts";

/** Which file of which site, and the version that was found. */
export interface Found {
  readonly address: URL;
  readonly name: string;
  readonly size: number;
  readonly version: string;
  readonly fetch: Fetch;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly blob: Blob;
}

/** Parts are asked for in whole blocks: what is read twice is asked for once, and the site learns less of what is read. */
const block = 2 ** 16;
/** Most bytes of pieces that are kept. */
const mostKept = 2 ** 30;
/** Requests tell the site something each. */
const mostRequests = 4_096;

/** A file that stays where it is, at an address that the person gave. What cells read of it is asked for, and kept. */
export class RemoteFile {
  readonly name: string;
  readonly size: number;
  readonly #found: Found;
  /** The site that is asked. */
  readonly host: string;
  #pieces: readonly Piece[] = [];
  #requests = 0;

  constructor(found: Found) {
    this.name = found.name;
    this.size = found.size;
    this.host = found.address.host;
    this.#found = found;
  }

  /** The bytes from `from` up to `to`. Faults `asset/range`, `asset/cut`, `address/changed`, `address/parts`, `address/reach`, `address/answer`. */
  async part(
    [from, to]: readonly [from: number, to: number],
    { signal, progress }: { readonly signal?: AbortSignal; readonly progress?: Progress } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (from > to || to > this.size || to - from > mostFileBytes)
      throw new Fault("asset/range", `${this.name} has no part from ${from} to ${to}`);
    const known = this.#pieces.find((piece) => piece.from <= from && to <= piece.to);
    const piece = known ?? (await this.#load(from, to, signal, progress));
    return new Uint8Array(await piece.blob.slice(from - piece.from, to - piece.from).arrayBuffer());
  }

  async #load(wanted: number, end: number, signal?: AbortSignal, progress?: Progress): Promise<Piece> {
    const { address, name, fetch } = this.#found;
    const from = Math.floor(wanted / block) * block;
    const to = Math.min(this.size, Math.ceil(end / block) * block);
    this.#requests += 1;
    if (this.#requests > mostRequests) throw tooOften(name);
    const response = await ask(address, [from, to], { fetch, signal });
    const bytes = to - from;
    const body = await this.#checked(response, from, to);
    const blob = await readBlob(body, { name, bytes, most: bytes }, progress).catch((error: unknown) => {
      throw error instanceof Fault || signal?.aborted === true ? error : brokenOff(address);
    });
    const piece = { from, to, blob };
    this.#keep(piece);
    return piece;
  }

  /** The body, if the answer says that it is what was asked for. */
  async #checked(response: Response, from: number, to: number): Promise<ReadableStream<Uint8Array>> {
    const { address, version } = this.#found;
    const fault = this.#faultOf(response, from, to, version);
    if (fault === undefined && response.body !== null) return response.body;
    await response.body?.cancel();
    throw fault ?? refused(address, response.status);
  }

  #faultOf(response: Response, from: number, to: number, version: string): Fault | undefined {
    const { address, name } = this.#found;
    const { host } = this;
    const place = placeOf(response);
    if (response.status === 200) return this.#noParts("all of it", from, to);
    const sameSize = (place?.size ?? this.size) === this.size;
    if (response.status === 416 || (response.ok && (!sameSize || versionOf(response) !== version)))
      return new Fault("address/changed", `${name} was changed at ${host} while it was read`, {
        hint: "load it again",
      });
    if (!response.ok) return refused(address, response.status);
    if (place === undefined || (place.from === from && place.to === to)) return undefined;
    return this.#noParts(`bytes ${place.from} to ${place.to}`, from, to);
  }

  #noParts(given: string, from: number, to: number): Fault {
    return new Fault(
      "address/parts",
      `${this.host} was asked for bytes ${from} to ${to}, and gives ${given}`,
      {
        hint: "load all of the file, or download it and choose it here",
      },
    );
  }

  /** The oldest ones go first. */
  #keep(piece: Piece): void {
    const all = [...this.#pieces, piece];
    let bytes = all.reduce((sum, { from, to }) => sum + to - from, 0);
    this.#pieces = all.filter((one) => {
      const goes = bytes > mostKept && one !== piece;
      if (goes) bytes -= one.to - one.from;
      return !goes;
    });
  }
}

function tooOften(name: string): Fault {
  return new Fault("address/often", `${name} was asked for ${mostRequests} parts, which is the most`, {
    hint: "load all of the file, or read larger parts",
  });
}
