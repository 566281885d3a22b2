import { type Decoder, Fault, mostFileBytes } from "@tilebook/base";

/** Most of everything in one output or report. What is beyond is refused, never cut: the sandbox cuts before it sends. */
export const bounds: Readonly<Record<BoundName, number>> = {
  /** Nodes of a value tree, cells of a table, channels of plot rows, spans: all the small things together. */
  things: 400_000,
  /** UTF-16 units of all strings together. */
  characters: 8 * 2 ** 20,
  depth: 12,
  entries: 1000,
  pixels: 16 * 2 ** 20,
  fileBytes: mostFileBytes,
  tableRows: 1000,
  columns: 256,
  plotRows: 20_000,
  marks: 32,
  options: 500,
  rank: 8,
  stages: 32,
  stageText: 2 ** 20,
  lines: 100_000,
  /** Pieces of source folded into one line. */
  pieces: 16,
  sources: 16,
  launches: 16,
  scalars: 256,
  counts: 64,
  remarks: 200,
  causes: 5,
};

type BoundName =
  | "things"
  | "characters"
  | "depth"
  | "entries"
  | "pixels"
  | "fileBytes"
  | "tableRows"
  | "columns"
  | "plotRows"
  | "marks"
  | "options"
  | "rank"
  | "stages"
  | "stageText"
  | "lines"
  | "pieces"
  | "sources"
  | "launches"
  | "scalars"
  | "counts"
  | "remarks"
  | "causes";

/** What one message may still spend, so that many allowed parts cannot add up to something huge. */
export class Budget {
  #things = bounds.things;
  #characters = bounds.characters;

  /** Counts `things` small things, or refuses. */
  spend(things: number): void {
    this.#things -= things;
    if (this.#things < 0) throw new Fault("decode/range", `more than ${bounds.things} parts in one message`);
  }

  /** A string of at most `most` units. Unpaired surrogates are replaced. */
  text(most: number): Decoder<string> {
    return (value, path) => {
      if (typeof value !== "string")
        throw new Fault("decode/type", `${path} must be a string, not ${typeof value}`);
      this.#characters -= value.length;
      if (value.length > most || this.#characters < 0) {
        throw new Fault(
          "decode/range",
          `${path} is ${value.length} characters long, which is more than allowed here`,
        );
      }
      return value.toWellFormed();
    };
  }

  /** A list of at most `most` items, each of which counts. */
  list<T>(item: Decoder<T>, most: number): Decoder<T[]> {
    return (value, path) => {
      if (!Array.isArray(value))
        throw new Fault("decode/type", `${path} must be an array, not ${typeof value}`);
      if (value.length > most) {
        throw new Fault("decode/range", `${path} has ${value.length} items; at most ${most} are allowed`);
      }
      this.spend(value.length);
      return Array.from(value, (entry: unknown, index) => item(entry, `${path}[${index}]`));
    };
  }

  /** An object used as a table from names to values; the names count. */
  record<T>(item: Decoder<T>, most: number): Decoder<Record<string, T>> {
    const name = this.text(256);
    return (value, path) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new Fault("decode/type", `${path} must be an object`);
      }
      const keys = Object.keys(value);
      if (keys.length > most) {
        throw new Fault("decode/range", `${path} has ${keys.length} entries; at most ${most} are allowed`);
      }
      this.spend(keys.length);
      return Object.fromEntries(
        keys.map((key) => [name(key, path), item(Reflect.get(value, key), `${path}.${key.slice(0, 40)}`)]),
      );
    };
  }
}
