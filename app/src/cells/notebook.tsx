import { type ReactNode } from "react";
import { useShallow } from "zustand/react/shallow";
import { TrustBar } from "../chrome/trust-bar.tsx";
import { useApp } from "../state/app.ts";
import { CellView } from "./cell.tsx";
import { InsertRow } from "./insert-row.tsx";
import "./notebook.css";

/** From so many cells on, the browser leaves out what is far from the view when it lays out and paints. */
const long = 60;

/** All cells of the open notebook, from top to bottom. */
export function NotebookView(): ReactNode {
  const ids = useApp(useShallow((state) => state.notebook.cells.map((cell) => cell.id)));
  return (
    <>
      <article className="notebook" data-long={ids.length > long || undefined}>
        {ids.map((id, index) => (
          <div className="notebook-entry" key={id}>
            <InsertRow at={index} />
            <CellView id={id} />
          </div>
        ))}
        {ids.length === 0 ? <EmptyNotebook /> : <InsertRow at={ids.length} always />}
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
