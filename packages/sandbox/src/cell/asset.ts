import { Fault, mostFileBytes } from "@tilebook/base";

/** Where the bytes of a file are. */
export interface AssetBytes {
  readonly name: string;
  readonly size: number;
  /** All of them, at once. */
  readonly all: () => Uint8Array;
  /** Those from `from` up to `to`. */
  readonly part: (from: number, to: number, within: Within | undefined) => Promise<Uint8Array>;
}

/** A part that is read among others: how many bytes came before it, and how many it will be. */
export interface Within {
  readonly before: number;
  readonly all: number;
}

/** Most bytes of one part. */
const mostPart = 2 ** 30;

/** A file that ships with Tilebook, or that the person chose, as cells see it. */
export class Asset {
  readonly name: string;
  readonly size: number;
  readonly #bytes: AssetBytes;
  #all: Uint8Array | undefined;

  constructor(bytes: AssetBytes) {
    this.name = bytes.name;
    this.size = bytes.size;
    this.#bytes = bytes;
  }

  /** As the host served it: a `.gz` may still be compressed, or already unpacked on the way. Faults `asset/large`, `asset/cut`. */
  get bytes(): Uint8Array {
    if (this.size > mostFileBytes)
      throw new Fault(
        "asset/large",
        `${this.name} is larger than ${mostFileBytes / 2 ** 20} MiB, and not read as one piece`,
        {
          hint: "gguf.open and safetensors.open read one tensor after the other; await file.slice(from, to) any part",
        },
      );
    this.#all ??= this.#bytes.all();
    return this.#all;
  }

  /** The bytes from `from` up to `to`, without the rest of the file. Faults `asset/range`, `asset/cut`, and those of an address. */
  async slice(from: number = 0, to: number = this.size, within?: Within): Promise<Uint8Array> {
    const known = [from, to].every(Number.isSafeInteger) && 0 <= from && from <= to && to <= this.size;
    if (!known || to - from > mostPart)
      throw new Fault("asset/range", `${this.name} has no part from ${from} to ${to}`, {
        hint: `it has ${this.size} bytes, and a part at most ${mostPart}`,
      });
    return this.#all?.slice(from, to) ?? this.#bytes.part(from, to, within);
  }

  /** Its text, decompressed when it is compressed. */
  async text(): Promise<string> {
    const stream = new Blob([this.bytes.slice()]).stream();
    const plain = isGzip(this.bytes) ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
    return new Response(plain).text();
  }

  /** The numbers of a CSV file without a head, row by row. */
  async numbers(): Promise<number[][]> {
    const lines = (await this.text()).split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, row) =>
      line.split(",").map((field) => {
        const value = Number(field);
        if (field.trim() !== "" && !Number.isNaN(value)) return value;
        throw new Fault(
          "asset/number",
          `line ${row + 1} of ${this.name} has "${field.slice(0, 40)}" for a number`,
        );
      }),
    );
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
