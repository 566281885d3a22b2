import type { CellAnalysis } from "@tilebook/lang";
import { createNotebooks, type Notebooks } from "../notebook.ts";
import type { CodeText } from "../scheduler/cell.ts";

/** A cell of a random program: its value is `add` plus what it uses; it throws when that is a multiple of `bad`. */
export interface Program {
  readonly name: string | null;
  readonly uses: readonly string[];
  readonly add: number;
  readonly bad: number;
  /** 0: a plain value; else a generator that yields this many values, each one more than the last. */
  readonly yields: number;
}

const names = ["p", "q", "r", "s", "t"];

export function randomProgram(random: () => number): Program {
  const pick = (): string => names[Math.floor(random() * names.length)] ?? "p";
  const name = random() < 0.85 ? pick() : null;
  const uses = Array.from({ length: Math.floor(random() * 3) }, pick).filter((use) => use !== name);
  const add = Math.floor(random() * 20);
  const bad = random() < 0.3 ? 3 : 1009;
  const yields = random() < 0.15 ? 1 + Math.floor(random() * 3) : 0;
  return { name, uses: [...new Set(uses)], add, bad, yields };
}

/** The (first) value. Throws when the program says so. */
export function valueOf(program: Program, inputs: readonly number[]): number {
  const sum = inputs.reduce((total, input) => total + input, program.add);
  if (sum % program.bad === 0 && sum > 0) throw new Error(`bad ${sum}`);
  return sum;
}

/** The text of a cell is its program as JSON. */
function analyzeProgram({ id, text }: CodeText): CellAnalysis {
  const { name, uses } = JSON.parse(text) as Program;
  const span = { source: id, start: 0, end: 1 };
  const nothing = { captured: [], kernels: [], usesAwait: false, showsResult: true, edits: [], faults: [] };
  const defines = name === null ? [] : [{ name, span }];
  return { ...nothing, defines, uses: uses.map((use) => ({ name: use, span })), code: text };
}

export const programNotebooks: Notebooks = createNotebooks({ analyze: analyzeProgram });
