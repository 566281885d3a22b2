import { useState } from "react";
import { useApp } from "../../state/app.ts";
import { isBusy, lookAt, type LookedAt } from "./kernel-choice.ts";

/** The kernel that is looked at, and the way to another one of the same cell. */
export function useLookedAt(): {
  readonly now: LookedAt | undefined;
  readonly choose: (key: string) => void;
} {
  const cells = useApp((state) => state.notebook.cells);
  const selected = useApp((state) => state.selected);
  const [last, setLast] = useState<LookedAt | undefined>();
  const now = lookAt(cells, selected, last);
  // What a first run reports piece by piece is not settled on before all is there.
  const settled = now === undefined || !isBusy(cells, now.report.cell);
  if (settled && !isSame(now, last)) setLast(now);
  const choose = (key: string): void => {
    const report = now?.shown.kernels.find((kernel) => kernel.key === key);
    if (now !== undefined && report !== undefined) setLast({ ...now, report });
  };
  return { now, choose };
}

function isSame(a: LookedAt | undefined, b: LookedAt | undefined): boolean {
  return a?.report === b?.report && a?.selected === b?.selected && a?.shown.cell === b?.shown.cell;
}
