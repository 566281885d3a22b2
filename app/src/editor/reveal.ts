import type { Span } from "@tilebook/base";
import { app } from "../state/app.ts";
import { withEditor } from "./handles.ts";

/** Goes to a place in a cell's text and selects it. Spans of texts that are no cells are left alone. */
export function revealSpan(span: Span): void {
  const { notebook, select, send } = app.getState();
  const cell = notebook.cells.find(({ id }) => id === span.source);
  if (cell === undefined) return;
  if (cell.attributes.hidden) {
    send({ type: "attributes", cell: cell.id, attributes: { ...cell.attributes, hidden: false } });
  }
  document.getElementById(elementId(cell.id))?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  select(cell.id, "edit");
  withEditor(cell.id, (editor) => editor.reveal(span.start, span.end));
}

/** The id of a cell's element in the page. */
export function elementId(cell: string): string {
  return `cell-${cell}`;
}
