import type { Notebook, Op } from "./state.ts";

/**
 * Undo and redo of what changes the order, the kind or the attributes of cells. Texts have the undo of their editors.
 * Both lists hold ops, the next one last.
 */
export interface History {
  readonly undo: readonly Op[];
  readonly redo: readonly Op[];
}

export const noHistory: History = { undo: [], redo: [] };

const mostSteps = 200;

/** The history after `op` was applied to `before`, which gave `after`. Ops that cannot be undone leave it as it is. */
export function remember(history: History, before: Notebook, op: Op, after: Notebook): History {
  const back = before === after ? undefined : inverse(before, op, after);
  return back === undefined ? history : { undo: [...history.undo, back].slice(-mostSteps), redo: [] };
}

/** What a step back or forward needs: the op to apply, and the history after it was applied. */
export interface Step {
  readonly op: Op;
  /** To be called with the notebook before and after `op`. */
  readonly done: (before: Notebook, after: Notebook) => History;
}

/** The op that takes back the last remembered one; undefined when there is none. */
export function undo(history: History): Step | undefined {
  const op = history.undo.at(-1);
  if (op === undefined) return undefined;
  return {
    op,
    done: (before, after) => moved(history.undo, history.redo, inverse(before, op, after), asUndo),
  };
}

/** The op that does again what was last undone; undefined when there is none. */
export function redo(history: History): Step | undefined {
  const op = history.redo.at(-1);
  if (op === undefined) return undefined;
  return {
    op,
    done: (before, after) => moved(history.redo, history.undo, inverse(before, op, after), asRedo),
  };
}

const asUndo = (from: readonly Op[], to: readonly Op[]): History => ({ undo: from, redo: to });
const asRedo = (from: readonly Op[], to: readonly Op[]): History => ({ undo: to, redo: from });

function moved(
  from: readonly Op[],
  to: readonly Op[],
  back: Op | undefined,
  as: (from: readonly Op[], to: readonly Op[]) => History,
): History {
  return as(from.slice(0, -1), back === undefined ? to : [...to, back]);
}

/** The op that takes `op` back: applied to `after`, it gives what `before` shows. */
function inverse(before: Notebook, op: Op, after: Notebook): Op | undefined {
  if (op.type === "insert" || op.type === "restore") {
    const made = after.cells.find((cell) => !before.cells.some((other) => other.id === cell.id));
    return made === undefined ? undefined : { type: "delete", cell: made.id };
  }
  if (op.type !== "delete" && op.type !== "move" && op.type !== "convert" && op.type !== "attributes")
    return undefined;
  const at = before.cells.findIndex((cell) => cell.id === op.cell);
  const state = before.cells[at];
  if (state === undefined) return undefined;
  switch (op.type) {
    case "delete":
      return { type: "restore", at, state };
    case "move":
      return { type: "move", cell: op.cell, to: at };
    case "convert":
      return { type: "convert", cell: op.cell, kind: state.kind };
    case "attributes":
      return { type: "attributes", cell: op.cell, attributes: state.attributes };
  }
}
