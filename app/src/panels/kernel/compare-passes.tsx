import { ChevronLeft, ChevronRight, Columns2, Square } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "../../shared/format.ts";
import type { LineChanges } from "./diff-lines.ts";

interface Props {
  readonly two: boolean;
  readonly comparing: boolean;
  readonly changes: LineChanges | undefined;
  readonly onTwo: (two: boolean) => void;
  readonly onCompare: (comparing: boolean) => void;
  /** To the pass before or after. */
  readonly onStep: (by: -1 | 1) => void;
}

/** One text or two, what the right one changed in the left one, and the way from pass to pass. */
export function ComparePasses({ two, comparing, changes, onTwo, onCompare, onStep }: Props): ReactNode {
  const other = two ? "Show one text" : "Show two texts";
  return (
    <div className="compare-passes" role="group" aria-label="Changes between the two texts">
      <label>
        <input type="checkbox" checked={comparing} onChange={(event) => onCompare(event.target.checked)} />
        Changes
      </label>
      <button
        type="button"
        className="tool"
        aria-label="Pass before"
        title="Pass before (←)"
        onClick={() => onStep(-1)}
      >
        <ChevronLeft size={16} />
      </button>
      <button
        type="button"
        className="tool"
        aria-label="Next pass"
        title="Next pass (→)"
        onClick={() => onStep(1)}
      >
        <ChevronRight size={16} />
      </button>
      {changes !== undefined && <span role="status">{changesText(changes)}</span>}
      <button type="button" className="tool" aria-label={other} title={other} onClick={() => onTwo(!two)}>
        {two ? <Square size={15} /> : <Columns2 size={15} />}
      </button>
    </div>
  );
}

function changesText({ removed, added }: LineChanges): string {
  if (removed.size + added.size === 0) return "the two are the same";
  return `${plural(removed.size, "line")} out, ${plural(added.size, "line")} in`;
}
