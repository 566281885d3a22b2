import { type ReactNode, useEffect, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import { useApp } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { statusText } from "./status-text.ts";
import "./cell-status.css";

/** The line under a cell's code: running, waiting, stale and why, or what it cost. */
export function CellStatus({ id }: { readonly id: string }): ReactNode {
  const elapsed = useElapsed(id);
  const said = useApp(
    useShallow(({ notebook }) => {
      const cell = cellOf(notebook, id);
      return cell === undefined ? undefined : statusText(cell, notebook, elapsed);
    }),
  );
  if (said === undefined) return null;
  return (
    <p className="cell-status" data-tone={said.tone} role="status">
      {said.text}
    </p>
  );
}

/** Milliseconds since the cell began to run, four times a second; 0 when it does not run. */
function useElapsed(id: string): number {
  const startedAt = useApp((state) => state.startedAt[id]);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (startedAt === undefined) return undefined;
    const tick = () => setNow(performance.now());
    const timer = setInterval(tick, 250);
    tick();
    return () => clearInterval(timer);
  }, [startedAt]);
  return startedAt === undefined ? 0 : Math.max(0, now - startedAt);
}
