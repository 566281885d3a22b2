import type { Span } from "@tilebook/base";
import { type Edit, mapBack, offsetAt } from "@tilebook/lang";

interface Known {
  readonly cell: string;
  readonly text: string;
  readonly code: string;
  readonly edits: readonly Edit[];
}

const place = /tilebook-cell-(\d+)\.js:(\d+):(\d+)/g;

/** Lines that stand before a cell's code in what is evaluated. */
const LINES_BEFORE = 1;

/** Scripts remembered. A stack rarely speaks of older ones. */
const MOST_SCRIPTS = 500;

/** Knows which script came from which cell, and so turns stacks into places in cells. */
export class Places {
  readonly #scripts = new Map<number, Known>();
  #next = 1;

  /** The script to evaluate: a function of an object with the names, giving the cell's own async function. */
  script(known: Known, names: readonly string[]): string {
    const id = this.#next;
    this.#next += 1;
    this.#scripts.set(id, known);
    this.#scripts.delete(id - MOST_SCRIPTS);
    return [
      `(({${names.join(",")}}) => async () => { "use strict";`,
      known.code,
      `})`,
      `//# sourceURL=tilebook-cell-${id}.js`,
    ].join("\n");
  }

  /** The innermost place of the stack that lies in a cell; in `preferred`, if any does. */
  find(stack: string, preferred?: string): Span | undefined {
    let first: Span | undefined;
    for (const [, id, line, column] of stack.matchAll(place)) {
      const span = this.#span(Number(id), Number(line), Number(column));
      if (span?.source === preferred) return span;
      first ??= span;
    }
    return first;
  }

  #span(id: number, line: number, column: number): Span | undefined {
    const known = this.#scripts.get(id);
    if (known === undefined) return undefined;
    const offset = offsetAt(known.code, line - LINES_BEFORE, column);
    const [start, end] = wordAt(known.text, Math.min(mapBack(known.edits, offset), known.text.length));
    return { source: known.cell, start, end };
  }
}

/** The word at `offset`, or behind the dots there: so that something can be underlined. */
function wordAt(text: string, offset: number): readonly [number, number] {
  const [dots = "", word = ""] = /^[?.]*([\p{L}\p{N}_$]*)/u.exec(text.slice(offset, offset + 200)) ?? [];
  const start = offset + dots.length - word.length;
  return [start, Math.max(start + word.length, Math.min(text.length, offset + 1))];
}
