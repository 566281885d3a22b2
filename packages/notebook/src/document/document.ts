import type { CellAttributes, CellKind } from "../state.ts";

/**
 * A notebook as its file says it. Nothing is lost: `head`, then `gap` and `slice` of every block, then `tail`
 * make up the text of the file, character for character.
 */
export interface Document {
  /** Byte order mark, and the front matter with its fences and the line ending after it. */
  readonly head: string;
  /** What stands between the fences of the front matter; absent when there is none. */
  readonly frontMatter?: string;
  readonly blocks: readonly Block[];
  readonly tail: string;
  /** The line ending of new lines: the first one of the file. */
  readonly ending: string;
}

export interface Block {
  /** Unique in the document: the id of the fence, or one made from the text. */
  readonly id: string;
  /** The id stands in the file. */
  readonly named: boolean;
  readonly kind: CellKind;
  /** What a person edits: code between the fences, or Markdown. Line endings are LF. */
  readonly text: string;
  readonly attributes: CellAttributes;
  /** Everything between the block before and this one: blank lines, and `<!-- cell -->` where a prose cell begins. */
  readonly gap: string;
  /** The block itself, with its fences. */
  readonly slice: string;
  /** How its fences are written. Absent for prose. */
  readonly style?: FenceStyle;
}

export interface FenceStyle {
  readonly mark: "`" | "~";
  readonly length: number;
  /** All that follows the marks on the opening line. */
  readonly info: string;
  /** What follows the attributes in `info`. */
  readonly extra: string;
  /** The closing line without its line ending; absent when the fence runs to the end of the file. */
  readonly close?: string;
}

/** The line that begins a prose cell. */
export const cellMarker = "<!-- cell -->";

/** The text of the file. `print(parse(text)) === text` for any text. */
export function print(document: Document): string {
  return document.head + document.blocks.map((block) => block.gap + block.slice).join("") + document.tail;
}
