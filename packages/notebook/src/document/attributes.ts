import type { CellAttributes } from "../state.ts";

export const noAttributes: CellAttributes = { hidden: false, rest: [] };

/** What stands between the braces of a fence. */
export interface FenceAttributes {
  /** The first `#id` that is fit to be one; unfit ones stay in `attributes.rest`. */
  readonly id?: string;
  readonly isStatic: boolean;
  readonly attributes: CellAttributes;
}

/** Reads `#id .hidden run=lazy`. Words it does not know are kept in order; a repeated known word counts once. */
export function readAttributes(inner: string): FenceAttributes {
  let id: string | undefined;
  let run: "auto" | "lazy" | undefined;
  let isStatic = false;
  let hidden = false;
  const rest: string[] = [];
  for (const word of wordsOf(inner)) {
    if (word.startsWith("#") && id === undefined && isFitId(word.slice(1))) id = word.slice(1);
    else if (word === ".hidden") hidden = true;
    else if (word === ".static") isStatic = true;
    else if (word === "run=auto" || word === "run=lazy") run ??= word === "run=auto" ? "auto" : "lazy";
    else rest.push(word);
  }
  const attributes: CellAttributes = { hidden, ...(run === undefined ? {} : { run }), rest };
  return { ...(id === undefined ? {} : { id }), isStatic, attributes };
}

/** The braces of a fence, or "" when there is nothing to put in them. */
export function writeAttributes(id: string | undefined, attributes: CellAttributes): string {
  const words = [
    ...(id === undefined ? [] : [`#${id}`]),
    ...(attributes.hidden ? [".hidden"] : []),
    ...(attributes.run === undefined ? [] : [`run=${attributes.run}`]),
    ...attributes.rest,
  ];
  return words.length === 0 ? "" : `{${words.join(" ")}}`;
}

/** Drops words that could not be read back: with braces, line breaks, or that are more than one word. */
export function cleanAttributes(attributes: CellAttributes): CellAttributes {
  const rest = attributes.rest.filter(
    (word) => !/[{}\r\n]/.test(word) && wordsOf(word).length === 1 && wordsOf(word)[0] === word,
  );
  return { ...attributes, rest };
}

export function sameAttributes(a: CellAttributes, b: CellAttributes): boolean {
  return writeAttributes(undefined, a) === writeAttributes(undefined, b);
}

/** Letters, digits, `_ . : -`, starting with a letter, at most 64, in the composed form that two keyboards agree on. */
export function isFitId(id: string): boolean {
  return /^\p{L}[\p{L}\p{M}\p{N}_.:-]{0,63}$/u.test(id) && id === id.normalize("NFC");
}

function wordsOf(inner: string): readonly string[] {
  return inner.match(/(?:"[^"]*"|'[^']*'|[^\s"']|["'])+/g) ?? [];
}
