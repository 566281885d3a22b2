import type { CellAnalysis, NameUse } from "@tilebook/lang";
import { parse } from "../document/parse.ts";
import { createNotebooks, type Notebooks } from "../notebook.ts";
import type { CellState, CellStatus, Effect, Notebook, Op } from "../state.ts";
import type { CodeText } from "../scheduler/cell.ts";

/*
 * For tests of the scheduler: a language small enough to see through, and a notebook that keeps its effects.
 * `const x = ...` defines x; any other word is a use; `@` anywhere is a syntax error; `kernel` and `await` are
 * themselves. Comments are erased. WGSL has no names.
 */
const keywords = new Set(["const", "throw", "kernel", "await", "return", "if", "new", "Error"]);

function analyzeToy({ id, kind, text }: CodeText): CellAnalysis {
  if (text.includes("@")) {
    const at = text.indexOf("@");
    const fault = { code: "syntax/toy", message: "what is @?", span: { source: id, start: at, end: at + 1 } };
    return {
      defines: [],
      captured: [],
      uses: [],
      kernels: [],
      usesAwait: false,
      showsResult: false,
      code: "",
      edits: [],
      faults: [fault],
    };
  }
  const code = text.replaceAll(/\/\/[^\n]*/g, (comment) => " ".repeat(comment.length));
  const shown = kind === "ts" ? code : "";
  const defines = namesOf(id, shown, /const\s+(\w+)/g);
  const defined = new Set(defines.map(({ name }) => name));
  const words = namesOf(
    id,
    shown.replaceAll(/"[^"]*"/g, (string) => " ".repeat(string.length)),
    /\b([A-Za-z_]\w*)\b/g,
  );
  const uses = words.filter(({ name }) => !defined.has(name) && !keywords.has(name));
  const kernel = {
    id: "k0",
    name: "k0",
    span: { source: id, start: 0, end: text.length },
    captures: [],
    params: [],
  };
  const kernels = text.includes("kernel") ? [kernel] : [];
  return {
    defines,
    captured: [],
    uses,
    kernels,
    usesAwait: text.includes("await"),
    showsResult: false,
    code,
    edits: [],
    faults: [],
  };
}

function namesOf(source: string, code: string, pattern: RegExp): readonly NameUse[] {
  const found = new Map<string, NameUse>();
  for (const match of code.matchAll(pattern)) {
    const name = match[1] ?? "";
    const start = match.index + match[0].length - name.length;
    if (!found.has(name)) found.set(name, { name, span: { source, start, end: start + name.length } });
  }
  return [...found.values()];
}

export const toyNotebooks: Notebooks = createNotebooks({ analyze: analyzeToy });

/** A notebook under test: says what it was told, keeps what it asked for. */
export class Bench {
  notebook: Notebook;
  effects: Effect[] = [];

  /** One cell a text, with ids a, b, c, ... and attributes where a text starts with braces. */
  constructor(texts: readonly string[], frontMatter = "") {
    const fences = texts.map((text, index) => {
      const id = String.fromCharCode(97 + index);
      const [, words = "", code = text] = /^\{([^}]*)\}\s*([^]*)$/.exec(text) ?? [];
      return `\`\`\`ts {#${id} ${words}}\n${code}\n\`\`\`\n`;
    });
    this.notebook = toyNotebooks.open(parse(frontMatter + fences.join("\n")), { device: "d1" });
  }

  /** Trusted, and everything has run. */
  static run(texts: readonly string[], milliseconds = 1, frontMatter = ""): Bench {
    const bench = new Bench(texts, frontMatter);
    bench.do({ type: "trust" }).finishAll(milliseconds);
    bench.do({ type: "runStale" }).finishAll(milliseconds);
    bench.effects = [];
    return bench;
  }

  do(...ops: readonly Op[]): this {
    for (const op of ops) {
      const [notebook, effects] = toyNotebooks.apply(this.notebook, op);
      this.notebook = notebook;
      this.effects.push(...effects);
    }
    return this;
  }

  edit(cell: string, text: string): this {
    return this.do({ type: "edit", cell, text });
  }

  /** Ends the run under way. */
  finish(milliseconds = 1): this {
    return this.do({ type: "finished", run: this.running(), cost: { milliseconds, bytes: 0 } });
  }

  finishAll(milliseconds = 1): this {
    while (this.notebook.running !== undefined) this.finish(milliseconds);
    return this;
  }

  fail(message = "boom"): this {
    return this.do({ type: "failed", run: this.running(), fault: { code: "runtime/error", message } });
  }

  running(): number {
    return this.notebook.running?.run ?? -1;
  }

  cell(id: string): CellState {
    const cell = this.notebook.cells.find((other) => other.id === id);
    if (cell === undefined) throw new Error(`no cell ${id}`);
    return cell;
  }

  /** `a fresh, b stale`. */
  get standing(): string {
    return this.notebook.cells.map((cell) => `${cell.id} ${cell.status}`).join(", ");
  }

  status(id: string): CellStatus {
    return this.cell(id).status;
  }

  /** The cells that were evaluated since this was last read, in order. */
  ran(): string {
    const cells = this.effects.flatMap((effect) => (effect.type === "evaluate" ? [effect.cell] : []));
    this.effects = [];
    return cells.join(" ");
  }
}
