import type { CellState } from "@tilebook/notebook";
import { type ReactNode, useEffect } from "react";
import { withEditor } from "../editor/handles.ts";
import { TextEditor } from "../editor/text-editor.tsx";
import { Prose } from "../prose/prose.tsx";
import { useApp } from "../state/app.ts";

interface Props {
  readonly cell: CellState;
  readonly label: string;
}

/** Markdown: set as a page, or its source while it is edited (double click, or Enter). */
export function ProseCell({ cell, label }: Props): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  const editing = useApp((state) => state.selected === cell.id && state.mode === "edit" && !state.readOnly);
  const select = useApp((state) => state.select);
  useEffect(() => {
    if (editing) withEditor(cell.id, (editor) => editor.focus());
  }, [editing, cell.id]);
  if (editing) {
    return (
      <div className="cell-code">
        <TextEditor id={cell.id} text={cell.text} language="prose" readOnly={readOnly} label={label} />
      </div>
    );
  }
  return (
    <div className="prose-cell" onDoubleClick={() => select(cell.id, "edit")}>
      {cell.text.trim() === "" ? (
        <p className="prose-empty">Empty text. Double click to write.</p>
      ) : (
        <Prose text={cell.text} />
      )}
    </div>
  );
}
