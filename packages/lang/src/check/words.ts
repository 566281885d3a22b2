import { tileLanguageTypes } from "../tile-types.ts";

/** How a tile function is called, what it does, and an example. */
export interface Words {
  /** "load(pointer: number, mask?: Mask, other?: number): Tile", one for each way to call it. */
  readonly signatures: readonly string[];
  readonly says: string;
  readonly example: string | undefined;
}

let known: ReadonlyMap<string, Words> | undefined;

/** What the editor's types say about a tile function. */
export function wordsOf(name: string): Words | undefined {
  known ??= readWords();
  return known.get(name);
}

function readWords(): ReadonlyMap<string, Words> {
  const words = new Map<string, Words>();
  let waiting: { says: string; example: string | undefined } | undefined;
  for (const [, said, name, rest = ""] of tileLanguageTypes.matchAll(
    /^\/\*\*([^]*?)\*\/$|^declare function (\w+)([^;]*);$/gm,
  )) {
    if (name === undefined) {
      waiting = taken((said ?? "").replaceAll(/\n \*/g, " "));
      continue;
    }
    const before = words.get(name);
    const { says = "", example } = before ?? waiting ?? {};
    const signature = `${name}${rest.replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(", )", ")")}`;
    words.set(name, { signatures: [...(before?.signatures ?? []), signature], says, example });
  }
  return words;
}

function taken(said: string): { says: string; example: string | undefined } {
  const [says = "", example] = said.split("@example");
  return { says: says.replaceAll(/\s+/g, " ").trim(), example: example?.trim() };
}
