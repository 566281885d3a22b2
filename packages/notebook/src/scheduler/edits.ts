import { cleanAttributes, isFitId, noAttributes, sameAttributes } from "../document/attributes.ts";
import {
  type KernelPin,
  type KernelRecord,
  type RunLevel,
  withPins,
  withRecords,
  withRunLevel,
  withTitle,
} from "../document/front-matter.ts";
import { lineEnding, withLineFeeds } from "../document/lines.ts";
import { madeUpId } from "../document/parse.ts";
import type { CellAttributes, CellKind, CellState, Effect, LastRun, Notebook, Op } from "../state.ts";
import { type Analyze, cellOf, change, newCell, withText } from "./cell.ts";

type Change = [Notebook, readonly Effect[]];

const save: Effect = { type: "save" };

export function editText(notebook: Notebook, id: string, raw: string, analyze: Analyze): Change {
  const text = withLineFeeds(raw);
  const cell = cellOf(notebook, id);
  if (cell === undefined || cell.text === text) return [notebook, []];
  return [change(notebook, id, (state) => withText(state, text, analyze)), [save]];
}

export function insertCell(
  notebook: Notebook,
  op: Extract<Op, { type: "insert" }>,
  analyze: Analyze,
): Change {
  const text = withLineFeeds(op.text);
  const named =
    op.kind !== "prose" && op.id !== undefined && isFitId(op.id) && cellOf(notebook, op.id) === undefined;
  const id = named ? (op.id ?? "") : freeId(notebook, op.kind, text);
  const cell = newCell({ id, named, kind: op.kind, text, attributes: noAttributes }, analyze);
  return [put(notebook, op.at, cell), [save]];
}

function freeId(notebook: Notebook, kind: CellKind, text: string): string {
  return madeUpId(kind, `${text}\n${notebook.nextRun}`, (id) => cellOf(notebook, id) !== undefined);
}

function put(notebook: Notebook, at: number, cell: CellState): Notebook {
  return { ...notebook, cells: notebook.cells.toSpliced(Math.max(0, at), 0, cell) };
}

export function deleteCell(notebook: Notebook, id: string): Change {
  if (cellOf(notebook, id) === undefined) return [notebook, []];
  const cells = notebook.cells.filter((cell) => cell.id !== id);
  return [{ ...notebook, cells }, [...letGo(notebook, id), save]];
}

/** What must be told to the sandbox when a cell is no code any more: its run ends, its values are not wanted. */
function letGo(notebook: Notebook, id: string): readonly Effect[] {
  const cell = cellOf(notebook, id);
  const { running } = notebook;
  const stops: readonly Effect[] = running?.cell === id ? [{ type: "interrupt", run: running.run }] : [];
  return cell?.memory.last === undefined ? stops : [...stops, { type: "forget", cell: id }];
}

/** A deleted cell comes back with its outputs. Its values are gone, so it runs again if it is cheap. */
export function restoreCell(notebook: Notebook, at: number, state: CellState, analyze: Analyze): Change {
  const free = cellOf(notebook, state.id) === undefined;
  const id = free ? state.id : freeId(notebook, state.kind, state.text);
  const back = withoutValues({ ...state, id, named: free && state.named });
  const cell = free ? back : withText(back, back.text, analyze);
  return [put(notebook, at, cell), [save]];
}

function withoutValues(cell: CellState): CellState {
  const { last } = cell.memory;
  if (last?.end !== "good") return cell;
  const lost: LastRun = { ...last, end: "lost" };
  return { ...cell, memory: { ...cell.memory, last: lost } };
}

export function moveCell(notebook: Notebook, id: string, to: number): Change {
  const cell = cellOf(notebook, id);
  const at = Math.max(0, Math.min(to, notebook.cells.length - 1));
  if (cell === undefined || notebook.cells[at] === cell) return [notebook, []];
  const others = notebook.cells.filter((other) => other.id !== id);
  return [{ ...notebook, cells: others.toSpliced(at, 0, cell) }, [save]];
}

/** The text stays. Outputs are kept, hidden by prose, so that converting back shows them again. */
export function convertCell(notebook: Notebook, id: string, kind: CellKind, analyze: Analyze): Change {
  const cell = cellOf(notebook, id);
  if (cell === undefined || cell.kind === kind) return [notebook, []];
  const effects = kind === "prose" ? letGo(notebook, id) : [];
  const to = kind === "prose" ? withoutValues : (state: CellState): CellState => state;
  const next = change(notebook, id, (state) => withText({ ...to(state), kind }, state.text, analyze));
  return [next, [...effects, save]];
}

/** Ids that are unfit or taken change nothing. Under its own id a cell that had none in the file keeps what it showed. */
export function nameCell(notebook: Notebook, id: string, name: string, analyze: Analyze): Change {
  const cell = cellOf(notebook, id);
  if (cell === undefined || cell.kind === "prose" || !isFitId(name)) return [notebook, []];
  if (name === id) {
    if (cell.named) return [notebook, []];
    return [change(notebook, id, (state) => ({ ...state, named: true })), [save]];
  }
  if (cellOf(notebook, name) !== undefined) return [notebook, []];
  const { kind, text, attributes } = cell;
  const next = newCell({ id: name, named: true, kind, text, attributes }, analyze);
  return [change(notebook, id, () => next), [...letGo(notebook, id), save]];
}

export function setAttributes(notebook: Notebook, id: string, attributes: CellAttributes): Change {
  const cell = cellOf(notebook, id);
  const clean = cleanAttributes(attributes);
  if (cell === undefined || cell.kind === "prose" || sameAttributes(cell.attributes, clean))
    return [notebook, []];
  return [change(notebook, id, (state) => ({ ...state, attributes: clean })), [save]];
}

export function setLevel(notebook: Notebook, level: RunLevel): Change {
  if (level === notebook.level) return [notebook, []];
  const before = notebook.frontMatter ?? "";
  return [{ ...notebook, level, frontMatter: withRunLevel(before, level, lineEnding(before)) }, [save]];
}

export function setPins(notebook: Notebook, pins: readonly KernelPin[]): Change {
  const before = notebook.frontMatter ?? "";
  return setFrontMatter(notebook, withPins(before, pins, lineEnding(before)));
}

export function setRecords(notebook: Notebook, records: readonly KernelRecord[]): Change {
  const before = notebook.frontMatter ?? "";
  return setFrontMatter(notebook, withRecords(before, records, lineEnding(before)));
}

function setFrontMatter(notebook: Notebook, frontMatter: string): Change {
  const isSame = frontMatter === (notebook.frontMatter ?? "");
  return isSame ? [notebook, []] : [{ ...notebook, frontMatter }, [save]];
}

export function setTitle(notebook: Notebook, title: string): Change {
  if (title === notebook.title) return [notebook, []];
  const before = notebook.frontMatter ?? "";
  return [{ ...notebook, title, frontMatter: withTitle(before, title, lineEnding(before)) }, [save]];
}
