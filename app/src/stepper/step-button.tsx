import type { KernelReport } from "@tilebook/notebook";
import { Footprints } from "lucide-react";
import type { ReactNode } from "react";
import { openStepper } from "./open.ts";

/** Steps through the kernel of a report. */
export function StepButton({ report }: { readonly report: KernelReport }): ReactNode {
  return (
    <button type="button" className="button" onClick={() => openStepper(report)}>
      <Footprints size={15} />
      Step through
    </button>
  );
}
