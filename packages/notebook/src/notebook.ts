import type { Document } from "./document/document.ts";
import { readFrontMatter } from "./document/front-matter.ts";
import { withFrontMatter } from "./document/head.ts";
import { rewrite } from "./document/write.ts";
import { applyWith } from "./scheduler/apply.ts";
import { type Analyze, newCell } from "./scheduler/cell.ts";
import { settle } from "./scheduler/settle.ts";
import type { Effect, Notebook, Op } from "./state.ts";

export interface OpenOptions {
  /** Names the device class in stamps. Often not known yet: send the `device` op when it is. */
  readonly device?: string;
  /** Cells whose last cost is at most this run by themselves. */
  readonly autoMilliseconds?: number;
}

/** The two ways into a notebook's state: open one, and change it. Both are pure. */
export interface Notebooks {
  open(document: Document, options?: OpenOptions): Notebook;
  apply(notebook: Notebook, op: Op): [Notebook, readonly Effect[]];
}

/** `analyze` is called with the text of every code cell on opening, and of each changed one after an edit. */
export function createNotebooks({ analyze }: { readonly analyze: Analyze }): Notebooks {
  return {
    open: (document, options = {}) => openWith(analyze, document, options),
    apply: (notebook, op) => applyWith(analyze, notebook, op),
  };
}

/** The state of a document that was just opened: nothing has run, nothing may run before the `trust` op. */
function openWith(analyze: Analyze, document: Document, options: OpenOptions): Notebook {
  const { frontMatter } = document;
  const front = readFrontMatter(frontMatter ?? "");
  const notebook: Notebook = {
    title: front.title ?? firstHeading(document) ?? "Untitled notebook",
    ...(frontMatter === undefined ? {} : { frontMatter }),
    cells: document.blocks.map((block) => newCell(block, analyze)),
    trusted: false,
    device: options.device ?? "",
    autoMilliseconds: options.autoMilliseconds ?? 250,
    nextRun: 1,
    level: front.run,
    queue: [],
    silenced: 0,
  };
  return settle(notebook).notebook;
}

function firstHeading(document: Document): string | undefined {
  for (const block of document.blocks) {
    const heading = block.kind === "prose" ? /^ {0,3}#{1,6}[ \t]+(.*\S)/m.exec(block.text)?.[1] : undefined;
    if (heading !== undefined) return heading.replace(/[ \t]+#+$/, "");
  }
  return undefined;
}

/** The document that says what the notebook says. Untouched cells of `document` keep their very characters. */
export function toDocument(notebook: Notebook, document: Document): Document {
  return rewrite(withFrontMatter(document, notebook.frontMatter), notebook.cells);
}
