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
  let said = "";
  let waiting: { says: string; example: string | undefined } | undefined;
  for (const line of tileLanguageTypes.split("\n")) {
    const declared = /^declare function (\w+)(.*?);?$/.exec(line);
    if (declared !== null) {
      const [, name = "", rest = ""] = declared;
      const before = words.get(name);
      const { says = "", example } = before ?? waiting ?? {};
      words.set(name, { signatures: [...(before?.signatures ?? []), `${name}${rest}`], says, example });
      continue;
    }
    if (line.startsWith("/**")) said = "";
    said += ` ${line.replace(/^\s*\/?\*+\/?|\*\/$/g, "").trim()}`;
    waiting = taken(said);
  }
  return words;
}

function taken(said: string): { says: string; example: string | undefined } {
  const [says = "", example] = said.split("@example");
  return { says: says.trim(), example: example?.trim() };
}
