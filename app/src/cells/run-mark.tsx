import type { CellState } from "@tilebook/notebook";
import { Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { runCell, stop } from "../session/run.ts";

/** The button in the margin: runs the cell, or stops it. Its look tells where the cell stands. */
export function RunMark({ cell }: { readonly cell: CellState }): ReactNode {
  if (cell.kind === "prose") return <span className="run-mark" />;
  const busy = cell.status === "running" || cell.status === "queued";
  return (
    <span className="run-mark">
      <button
        type="button"
        className="run-button"
        data-status={cell.status}
        aria-label={busy ? "Stop" : "Run this cell"}
        title={busy ? "Stop (I, I)" : "Run this cell (Shift+Enter)"}
        onClick={() => (busy ? stop() : runCell(cell.id))}
      >
        {busy ? <Square size={11} fill="currentColor" /> : <Play size={13} fill="currentColor" />}
      </button>
    </span>
  );
}
