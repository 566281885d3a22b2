import { Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { runAll, runStale, stop } from "../session/run.ts";
import { useApp } from "../state/app.ts";
import { countStale, isBusy, isUntouched } from "../state/selectors.ts";

/** One Stop button while anything runs; else what there is to run. */
export function RunControls(): ReactNode {
  const busy = useApp(isBusy);
  const stale = useApp(countStale);
  const untouched = useApp(isUntouched);
  const stopping = useApp((state) => state.stopping);
  if (busy) {
    return (
      <div className="run-controls">
        <button type="button" className="button" data-kind="stop" onClick={stop} title="Stop (I, I)">
          <Square size={12} fill="currentColor" aria-hidden />
          {stopping ? "Stopping…" : "Stop"}
        </button>
      </div>
    );
  }
  const freshPage = untouched || stale === 0;
  return (
    <div className="run-controls">
      {!freshPage && (
        <button
          type="button"
          className="button"
          data-kind="main"
          onClick={runStale}
          title="Run stale cells (R)"
        >
          <Play size={12} fill="currentColor" aria-hidden />
          Run stale <span className="count">{stale}</span>
        </button>
      )}
      <button
        type="button"
        className="button run-all"
        data-kind={untouched && stale > 0 ? "main" : undefined}
        onClick={() => void runAll()}
        title="Run all cells (Ctrl+Shift+Enter)"
      >
        Run all
      </button>
    </div>
  );
}
