import type { KernelReport } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { kernelView } from "../view-state.ts";
import { dropCopy, makeCopy, useCopy, useEarlierCopy } from "./copies.ts";
import { copyName } from "./copy-view.ts";

/** The kernel has changed, and there is a copy of what it was: it is not lost, and not taken for a copy of the new one. */
export function EarlierCopy({ report }: { readonly report: KernelReport }): ReactNode {
  const own = useCopy(report.key);
  const earlier = useEarlierCopy(report);
  if (own !== undefined || earlier === undefined) return null;
  const use = (): void => {
    dropCopy(earlier.kernel);
    makeCopy(report, earlier.text);
    kernelView.setState({ right: copyName });
  };
  return (
    <p className="kernel-changed">
      <span>There is your copy of this kernel’s WGSL, made before its source changed.</span>
      <button type="button" className="link" onClick={use}>
        Compare it with the new one
      </button>
      <button type="button" className="link" onClick={() => dropCopy(earlier.kernel)}>
        Discard it
      </button>
    </p>
  );
}
