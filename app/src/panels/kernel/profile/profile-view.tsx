import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useMemo } from "react";
import { type Measured, useDeviceSpeed } from "../../../session/device-speed.ts";
import { useApp } from "../../../state/app.ts";
import { cellTitle } from "../../../state/selectors.ts";
import { explain } from "./explain.ts";
import { Numbers } from "./numbers.tsx";
import { profile, useProfiles } from "./profiles.ts";
import { ProfileProgress } from "./profile-progress.tsx";
import { Reasons } from "./reasons.tsx";
import { Roofline } from "./roofline-view.tsx";
import { launchNames, summaryOf } from "./summary.ts";
import "./profile.css";

interface Props {
  readonly report: KernelReport;
  /** The launch that is looked at: its place in the report's list. */
  readonly at: number;
  readonly onChoose: (key: string) => void;
}

/** How fast a launch is, by itself; why; and where it stands among the others under this device's roof. */
export function ProfileView({ report, at, onChoose }: Props): ReactNode {
  const measured = useDeviceSpeed();
  return (
    <div className="profile">
      <Tools report={report} at={at} />
      <ProfileProgress cell={report.cell} />
      <Found report={report} at={at} measured={measured} />
      <Roofline report={report} at={at} measured={measured} onChoose={onChoose} />
    </div>
  );
}

function Tools({ report, at }: Omit<Props, "onChoose">): ReactNode {
  const busy = useProfiles(({ now }) => now !== undefined);
  const title = useApp(({ notebook }) => cellTitle(notebook, report.cell));
  const name = launchNames(report)[at] ?? "";
  const known = useProfiles((state) => state.known[name] !== undefined);
  return (
    <div className="profile-tools">
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={() => void profile(report, report.launches[at]?.first ?? 0)}
      >
        {known ? "Measure again" : "Measure this launch"}
      </button>
      <button type="button" className="button" disabled={busy} onClick={() => void profile(report, "all")}>
        Measure all kernels of {title}
      </button>
    </div>
  );
}

function Found({
  report,
  at,
  measured,
}: Omit<Props, "onChoose"> & { readonly measured: Measured }): ReactNode {
  const name = launchNames(report)[at] ?? "";
  const found = useProfiles((state) => state.known[name]);
  const speed = measured.kind === "speed" ? measured.speed : undefined;
  const summary = useMemo(() => found && summaryOf(found, speed), [found, speed]);
  if (found === undefined)
    return (
      <p className="profile-note">
        This launch has not been measured by itself. Measuring runs its cell again, and on the way this launch
        many times, on copies of what it writes.
      </p>
    );
  if (summary === undefined)
    return <p className="profile-note">The launch is too short to be measured here.</p>;
  return (
    <>
      <Numbers profile={found} summary={summary} />
      {speed !== undefined && (
        <Reasons reasons={explain({ profile: found, summary, counts: report.counts, speed })} />
      )}
    </>
  );
}
