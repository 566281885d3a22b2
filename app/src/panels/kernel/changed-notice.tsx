import type { KernelReport } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { runCell } from "../../session/run.ts";
import { useApp } from "../../state/app.ts";
import { cellTitle } from "../../state/selectors.ts";
import { useChanged } from "./use-views.ts";

/** Says when a cell is not any more what the kernel was made from: its lines would be linked to the wrong places. */
export function ChangedNotice({ report }: { readonly report: KernelReport }): ReactNode {
  const changed = useChanged(report);
  const titles = useApp(({ notebook }) => changed.map((cell) => cellTitle(notebook, cell)).join(", "));
  if (changed.length === 0) return null;
  // Each by its name: a cell in which only a comment changed is fresh, and nobody who needs it would run it.
  const again = (): void => new Set([...changed, report.cell]).forEach((cell) => runCell(cell));
  return (
    <p className="kernel-changed" role="status">
      <span>
        <b>{titles}</b> changed since this kernel ran. These are the texts of that run.
      </span>
      <button type="button" className="link" onClick={again}>
        Run again
      </button>
    </p>
  );
}
