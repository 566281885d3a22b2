import { hashText } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import type { CellAttributes, CellKind, CellMemory, CellState, Notebook } from "../state.ts";
import { canonicalScript, canonicalWgsl } from "./canonical.ts";

/** All that can be known about a code cell from its text. Spans name the cell's id as their source. Never throws. */
export type Analyze = (cell: CodeText) => CellAnalysis;

export interface CodeText {
  readonly id: string;
  readonly kind: "ts" | "wgsl";
  readonly text: string;
}

/** A cell that has never run. */
export function newCell(
  cell: {
    readonly id: string;
    readonly named: boolean;
    readonly kind: CellKind;
    readonly text: string;
    readonly attributes: CellAttributes;
  },
  analyze: Analyze,
): CellState {
  const memory: CellMemory = { code: "", names: [], version: 0, wanted: "" };
  const { id, named, kind, text, attributes } = cell;
  const state = {
    id,
    named,
    kind,
    text,
    attributes,
    status: "never",
    outputs: [],
    kernels: [],
    inputs: {},
    memory,
  } as const;
  return withText(state, text, analyze);
}

/** The cell with this text, analysed. What it has run and shown stays. */
export function withText(cell: CellState, text: string, analyze: Analyze): CellState {
  const { analysis: _, ...rest } = cell;
  if (cell.kind === "prose") return { ...rest, text };
  const analysis = analyze({ id: cell.id, kind: cell.kind, text });
  const broken = analysis.code === "" && analysis.faults.length > 0;
  const names = broken ? cell.memory.names : analysis.defines.map(({ name }) => name);
  const memory = { ...cell.memory, names, code: codeHash(cell.kind, text, analysis) };
  return { ...rest, text, analysis, memory };
}

/**
 * What makes two texts of a cell the same to run. Erased types do not count, except in cells with kernels: there they
 * are part of what is compiled.
 */
function codeHash(kind: "ts" | "wgsl", text: string, analysis: CellAnalysis): string {
  if (kind === "wgsl") return hashText(canonicalWgsl(text));
  const erased = analysis.kernels.length === 0 && analysis.code !== "";
  return hashText(canonicalScript(erased ? analysis.code : text));
}

/** The notebook with one cell changed. */
export function change(notebook: Notebook, id: string, to: (cell: CellState) => CellState): Notebook {
  return { ...notebook, cells: notebook.cells.map((cell) => (cell.id === id ? to(cell) : cell)) };
}

export function cellOf(notebook: Notebook, id: string): CellState | undefined {
  return notebook.cells.find((cell) => cell.id === id);
}

/** How messages name a cell: by the id a person gave it, else by its place. */
export function labelOf(cells: readonly CellState[], id: string): string {
  const index = cells.findIndex((cell) => cell.id === id);
  return cells[index]?.named === true ? `cell "${id}"` : `cell ${index + 1}`;
}
