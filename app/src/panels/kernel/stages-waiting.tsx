import type { KernelReport } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { runCell } from "../../session/run.ts";
import type { Detail } from "./use-detail.ts";

/** Where the stages will be, or why they cannot be shown. */
export function StagesWaiting({
  report,
  detail,
}: {
  readonly report: KernelReport;
  readonly detail: Detail;
}): ReactNode {
  if (detail.kind !== "gone") return <p className="stage-waiting">Reading what the compiler made of it…</p>;
  const { message, hint } = detail.fault;
  return (
    <div className="stage-waiting" role="status">
      <p>
        {message}
        {hint !== undefined && `: ${hint}`}.
      </p>
      <p>
        <button type="button" className="button" onClick={() => runCell(report.cell)}>
          Run the cell again
        </button>
      </p>
    </div>
  );
}
