import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "../../shared/format.ts";
import type { LineChanges } from "./diff-lines.ts";

interface Props {
  readonly comparing: boolean;
  readonly changes: LineChanges | undefined;
  readonly onCompare: (comparing: boolean) => void;
  /** To the pass before or after. */
  readonly onStep: (by: -1 | 1) => void;
}

/** Marks what the right text changed in the left one, and goes from pass to pass. */
export function ComparePasses({ comparing, changes, onCompare, onStep }: Props): ReactNode {
  return (
    <div className="compare-passes" role="group" aria-label="Changes between the two texts">
      <label>
        <input type="checkbox" checked={comparing} onChange={(event) => onCompare(event.target.checked)} />
        Changes
      </label>
      <button type="button" className="tool" aria-label="Pass before" onClick={() => onStep(-1)}>
        <ChevronLeft size={16} />
      </button>
      <button type="button" className="tool" aria-label="Next pass" onClick={() => onStep(1)}>
        <ChevronRight size={16} />
      </button>
      {changes !== undefined && (
        <span role="status">
          {plural(changes.removed.size, "line")} out, {plural(changes.added.size, "line")} in
        </span>
      )}
    </div>
  );
}
