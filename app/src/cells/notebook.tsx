import { type ReactNode } from "react";
import { useShallow } from "zustand/react/shallow";
import { TrustBar } from "../chrome/trust-bar.tsx";
import { useApp } from "../state/app.ts";
import { CellView } from "./cell.tsx";
import { InsertRow } from "./insert-row.tsx";
import "./notebook.css";

/** All cells of the open notebook, from top to bottom. */
export function NotebookView(): ReactNode {
  const ids = useApp(useShallow((state) => state.notebook.cells.map((cell) => cell.id)));
  return (
    <>
      <article className="notebook">
        <InsertRow at={0} />
        {ids.map((id, index) => (
          <div className="notebook-entry" key={id}>
            <CellView id={id} />
            <InsertRow at={index + 1} always={index === ids.length - 1} />
          </div>
        ))}
        {ids.length === 0 && <EmptyNotebook />}
      </article>
      <TrustBar />
    </>
  );
}

function EmptyNotebook(): ReactNode {
  return (
    <div className="notebook-empty">
      <h1>An empty page</h1>
      <p>Start with code or with text. Names connect cells; their order on the page does not matter.</p>
      <InsertRow at={0} always />
    </div>
  );
}
