import type { KernelReport } from "@tilebook/notebook";
import { Gauge } from "lucide-react";
import type { ReactNode } from "react";
import { kernelView, useKernelView } from "../view-state.ts";
import { profile, profiles } from "./profiles.ts";
import { launchNames } from "./summary.ts";

interface Props {
  readonly report: KernelReport;
  /** The launch that is looked at: its place in the report's list. */
  readonly at: number;
}

/** Shows how fast the kernel is instead of its texts, and measures it where that has not been done. */
export function ProfileButton({ report, at }: Props): ReactNode {
  const shown = useKernelView((state) => state.profile === true);
  const press = (): void => {
    kernelView.setState({ profile: !shown });
    const name = launchNames(report)[at];
    if (!shown && name !== undefined && profiles.getState().known[name] === undefined)
      void profile(report, report.launches[at]?.first ?? 0);
  };
  return (
    <button type="button" className="button" aria-pressed={shown} onClick={press}>
      <Gauge size={15} />
      Profile
    </button>
  );
}
