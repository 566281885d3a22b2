import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useState } from "react";
import { FaultView } from "../../cells/fault.tsx";
import { runAll } from "../../session/run.ts";
import { useApp } from "../../state/app.ts";
import { cellTitle } from "../../state/selectors.ts";
import { StepButton } from "../../stepper/step-button.tsx";
import { ChangedNotice } from "./changed-notice.tsx";
import { EarlierCopy } from "./copy/earlier-copy.tsx";
import { kernelLabels } from "./kernel-labels.ts";
import { KernelFacts } from "./kernel-facts.tsx";
import { KernelText } from "./kernel-text.tsx";
import { ProfileButton } from "./profile/profile-button.tsx";
import { ProfileView } from "./profile/profile-view.tsx";
import { type Detail, useDetail } from "./use-detail.ts";
import { useLookedAt } from "./use-looked-at.ts";
import { useKernelView } from "./view-state.ts";
import "../../shared/hues.css";
import "./kernel-panel.css";

/** The kernels that the selected cell ran or defines, or those of the cell with the dearest one: what they became, line by line. */
export function KernelPanel(): ReactNode {
  const { now, choose } = useLookedAt();
  const title = useApp(({ notebook }) => (now === undefined ? "" : cellTitle(notebook, now.shown.cell.id)));
  const [wanted, setWanted] = useState({ key: "", at: 0 });
  if (now === undefined) return <NoKernels />;
  const { shown, report } = now;
  const launch = wanted.key === report.key ? wanted.at : 0;
  // Another run may have fewer launches.
  const at = Math.min(launch, Math.max(0, report.launches.length - 1));
  return (
    <div className="kernel-panel">
      <div className="kernel-head">
        <KernelTabs kernels={shown.kernels} current={report} title={title} onChoose={choose} />
        {report.dispatches > 0 && (
          <div className="kernel-actions">
            <ProfileButton report={report} at={at} />
            <StepButton report={report} />
          </div>
        )}
      </div>
      <Kernel
        key={report.key}
        report={report}
        at={at}
        onLaunch={(place) => setWanted({ key: report.key, at: place })}
        onChoose={choose}
      />
    </div>
  );
}

interface KernelProps {
  readonly report: KernelReport;
  /** The launch that is looked at: its place in the report's list. */
  readonly at: number;
  readonly onLaunch: (at: number) => void;
  readonly onChoose: (key: string) => void;
}

function Kernel({ report, at, onLaunch, onChoose }: KernelProps): ReactNode {
  const detail = useDetail(report);
  const isProfile = useKernelView((state) => state.profile === true) && report.dispatches > 0;
  const work = detail.kind === "here" ? detail.detail.work : undefined;
  return (
    <>
      <KernelFacts report={report} at={at} work={work} counted={isProfile} onLaunch={onLaunch} />
      <KernelFault report={report} detail={detail} />
      <ChangedNotice report={report} />
      {isProfile ? (
        <ProfileView report={report} at={at} onChoose={onChoose} />
      ) : (
        <>
          <EarlierCopy report={report} />
          <KernelText report={report} detail={detail} launch={report.launches[at]?.first ?? 0} />
        </>
      )}
    </>
  );
}

/** Why the kernel does not compile or its run failed, and how far the compiler came. */
function KernelFault({
  report,
  detail,
}: {
  readonly report: KernelReport;
  readonly detail: Detail;
}): ReactNode {
  if (report.fault === undefined) return null;
  const last = detail.kind === "here" ? detail.detail.stages.at(-1)?.name : undefined;
  return (
    <div className="kernel-fault">
      <FaultView cell={report.cell} fault={report.fault} />
      {last !== undefined && last !== "WGSL" && (
        <p className="notice">
          The compiler came as far as <b>{last}</b>.
        </p>
      )}
    </div>
  );
}

function NoKernels(): ReactNode {
  return (
    <div className="panel-empty">
      <p>
        No kernel has run yet. Run a cell that computes with tensors, and everything between its source and
        the GPU is shown here.
      </p>
      <button type="button" className="button" onClick={() => void runAll()}>
        Run all
      </button>
    </div>
  );
}

interface TabsProps {
  readonly kernels: readonly KernelReport[];
  readonly current: KernelReport;
  readonly title: string;
  readonly onChoose: (key: string) => void;
}

function KernelTabs({ kernels, current, title, onChoose }: TabsProps): ReactNode {
  const labels = kernelLabels(kernels);
  return (
    <label className="kernel-choice">
      <span>{title}</span>
      <select value={current.key} onChange={(event) => onChoose(event.target.value)}>
        {kernels.map(({ key, name }, at) => (
          <option key={key} value={key}>
            {labels[at] ?? name}
          </option>
        ))}
      </select>
    </label>
  );
}
