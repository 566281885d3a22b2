import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { insertAt } from "../commands/cell-actions.ts";
import { useApp } from "../state/app.ts";
import "./insert-row.css";

/** The gap between two cells, where a new one can be put. */
export function InsertRow({
  at,
  always = false,
}: {
  readonly at: number;
  readonly always?: boolean;
}): ReactNode {
  const readOnly = useApp((state) => state.readOnly);
  if (readOnly) return <div className="insert-row" />;
  return (
    <div className="insert-row" data-always={always || undefined}>
      <div className="insert-buttons">
        <button type="button" onClick={() => insertAt(at, "ts")}>
          <Plus size={13} aria-hidden /> Code
        </button>
        <button type="button" onClick={() => insertAt(at, "prose")}>
          <Plus size={13} aria-hidden /> Text
        </button>
      </div>
    </div>
  );
}
