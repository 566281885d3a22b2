import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useState } from "react";
import { useApp } from "../../state/app.ts";
import { cellOf, cellTitle } from "../../state/selectors.ts";
import { ChangedNotice } from "./changed-notice.tsx";
import { EarlierCopy } from "./copy/earlier-copy.tsx";
import { dearest, kernelsToShow } from "./kernel-choice.ts";
import { StepButton } from "../../stepper/step-button.tsx";
import { KernelFacts } from "./kernel-facts.tsx";
import { KernelText } from "./kernel-text.tsx";
import { useDetail } from "./use-detail.ts";
import "../../shared/hues.css";
import "./kernel-panel.css";

/** The kernels that the selected cell ran or defines, or those of the cell with the dearest one: what they became, line by line. */
export function KernelPanel(): ReactNode {
  const notebook = useApp((state) => state.notebook);
  const selected = useApp((state) => state.selected);
  const [chosen, setChosen] = useState<string | undefined>();
  const shown = kernelsToShow(notebook.cells, cellOf(notebook, selected));
  const report = shown?.kernels.find(({ key }) => key === chosen) ?? dearest(shown?.kernels ?? []);
  if (shown === undefined || report === undefined) return <NoKernels />;
  return (
    <div className="kernel-panel">
      <div className="kernel-head">
        <KernelTabs
          kernels={shown.kernels}
          current={report}
          title={cellTitle(notebook, shown.cell.id)}
          onChoose={(key) => setChosen(key)}
        />
        <StepButton report={report} />
      </div>
      <Kernel key={report.key} report={report} onPin={() => setChosen(report.key)} />
    </div>
  );
}

interface KernelProps {
  readonly report: KernelReport;
  readonly onPin: () => void;
}

function Kernel({ report, onPin }: KernelProps): ReactNode {
  const detail = useDetail(report);
  return (
    <>
      <KernelFacts report={report} />
      <ChangedNotice report={report} />
      <EarlierCopy report={report} />
      <KernelText report={report} detail={detail} launch={report.launches[0]?.first ?? 0} onPin={onPin} />
    </>
  );
}

function NoKernels(): ReactNode {
  return (
    <p className="panel-empty">
      No kernel has run yet. Run a cell that computes with tensors, and everything between its source and the
      GPU is shown here.
    </p>
  );
}

interface TabsProps {
  readonly kernels: readonly KernelReport[];
  readonly current: KernelReport;
  readonly title: string;
  readonly onChoose: (key: string) => void;
}

function KernelTabs({ kernels, current, title, onChoose }: TabsProps): ReactNode {
  return (
    <label className="kernel-choice">
      <span>{title}</span>
      <select value={current.key} onChange={(event) => onChoose(event.target.value)}>
        {kernels.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
