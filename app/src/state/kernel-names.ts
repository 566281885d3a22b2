import { type CellKind, type Document, parse } from "@tilebook/notebook";
import { notebooks } from "./notebooks.ts";

interface Text {
  readonly id: string;
  readonly kind: CellKind;
  readonly text: string;
}

/** A name for a kernel in WGSL that no cell has or defines: kernel1, kernel2, and so on. */
export function freeKernelName(cells: readonly Text[]): string {
  let count = 1;
  while (isTaken(`kernel${count}`, cells)) count += 1;
  return `kernel${count}`;
}

/**
 * The document with a readable name for each WGSL cell whose fence gives none. Other cells call such a kernel by this
 * name, so it must not hang on the text; it goes into the file with the next edit.
 */
export function withKernelNames(document: Document): Document {
  let { blocks } = document;
  for (const block of document.blocks) {
    if (block.kind !== "wgsl" || block.named) continue;
    const named = { ...block, id: freeKernelName(blocks), named: true };
    blocks = blocks.map((other) => (other === block ? named : other));
  }
  return blocks === document.blocks ? document : { ...document, blocks };
}

/** Why a kernel cannot be called this, in words for the person who typed it; undefined when it can. */
export function faultOfName(name: string, cells: readonly Text[]): string | undefined {
  if (!/^\p{L}[\p{L}\p{M}\p{N}_]{0,63}$/u.test(name) || name !== name.normalize("NFC"))
    return "A name begins with a letter and has only letters, digits and _";
  if (notebooks.open(parse(`\`\`\`ts\nconst ${name} = 0\n\`\`\`\n`)).cells[0]?.analysis?.faults.length !== 0)
    return `${name} is a word of the language, or a name that every cell has`;
  return isTaken(name, cells) ? `Another cell is called ${name} or defines it` : undefined;
}

function isTaken(name: string, cells: readonly Text[]): boolean {
  const definition = new RegExp(`\\b(?:const|let|var|function|class)\\s+${name}(?![\\p{ID_Continue}$])`, "u");
  return cells.some(({ id, kind, text }) => id === name || (kind === "ts" && definition.test(text)));
}
