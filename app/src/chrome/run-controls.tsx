import { ChevronDown, Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { runAll, runStale, stop } from "../session/run.ts";
import { Menu } from "../shared/menu.tsx";
import { useApp } from "../state/app.ts";
import { countStale, isAllNew, isBusy, isUntouched } from "../state/selectors.ts";

/** One Stop button while anything runs; else what there is to run. */
export function RunControls(): ReactNode {
  const busy = useApp(isBusy);
  return <div className="run-controls">{busy ? <StopButton /> : <RunButtons />}</div>;
}

function StopButton(): ReactNode {
  const stopping = useApp((state) => state.stopping);
  return (
    <button type="button" className="button" data-kind="stop" onClick={stop} title="Stop (I, I)">
      <Square size={12} fill="currentColor" aria-hidden />
      {stopping ? "Stopping…" : "Stop"}
    </button>
  );
}

function RunButtons(): ReactNode {
  const stale = useApp(countStale);
  const untouched = useApp(isUntouched);
  const allNew = useApp(isAllNew);
  return (
    <>
      {stale > 0 && !untouched && (
        <button
          type="button"
          className="button"
          data-kind="main"
          onClick={runStale}
          title={allNew ? "Run the cells that have not run (R)" : "Run stale cells (R)"}
        >
          <Play size={12} fill="currentColor" aria-hidden />
          {allNew ? (
            `Run ${stale} more`
          ) : (
            <>
              Run stale <span className="count">{stale}</span>
            </>
          )}
        </button>
      )}
      <span className="run-all">
        <button
          type="button"
          className="button"
          data-kind={stale > 0 && untouched ? "main" : undefined}
          onClick={() => void runAll()}
          title="Run all cells (Ctrl+Shift+Enter)"
        >
          Run all
        </button>
        <LevelMenu />
      </span>
    </>
  );
}

const levels = [
  { level: "mixed", label: "Cells run by themselves when they are cheap" },
  { level: "auto", label: "All cells run by themselves" },
  { level: "lazy", label: "Cells run on request only" },
] as const;

/** What runs by itself in this notebook; it is written into the file. A cell's own setting goes first. */
function LevelMenu(): ReactNode {
  const chosen = useApp((state) => state.notebook.level);
  const readOnly = useApp((state) => state.readOnly);
  const send = useApp((state) => state.send);
  if (readOnly) return null;
  const items = levels.map(({ level, label }) => ({
    label,
    checked: level === chosen,
    run: () => send({ type: "level", level }),
  }));
  return (
    <Menu className="button" label="What runs by itself" icon={<ChevronDown size={14} />} items={items} />
  );
}
