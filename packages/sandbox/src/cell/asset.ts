import { Fault } from "@tilebook/base";

/** A file that ships with Tilebook, as cells see it. */
export class Asset {
  readonly name: string;
  /** As the host served it: a `.gz` may still be compressed, or already unpacked on the way. */
  readonly bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
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
