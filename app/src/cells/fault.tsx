import type { FaultData } from "@tilebook/base";
import { CircleAlert, Footprints } from "lucide-react";
import type { ReactNode } from "react";
import { letRun } from "../commands/let-run.ts";
import { kernelOfFault, stepToFault } from "../stepper/step-commands.ts";
import { useApp } from "../state/app.ts";
import { cellOf, isWaiting } from "../state/selectors.ts";
import { PlaceLink } from "./place-link.tsx";
import "./fault.css";

interface Props {
  readonly cell: string;
  readonly fault: FaultData;
}

/** What went wrong, where, what to try, and what it came from. */
export function FaultView({ cell, fault }: Props): ReactNode {
  if (isWaiting(fault)) return <Waiting cell={cell} fault={fault} />;
  return (
    <div className="fault" role="alert">
      <CircleAlert className="fault-mark" size={16} aria-hidden />
      <div>
        <p className="fault-message">
          {fault.message} <PlaceLink cell={cell} span={fault.span} />
        </p>
        {fault.hint !== undefined && <p className="fault-hint">{fault.hint}</p>}
        {fault.cause !== undefined && <Cause cell={cell} fault={fault.cause} />}
        <StepToFault cell={cell} fault={fault} />
        {fault.code === "executor/quarantined" && <LetRun cell={cell} fault={fault} />}
      </div>
    </div>
  );
}

/** What a program of a kernel ran into can be looked at where it happened. */
function StepToFault({ cell, fault }: Props): ReactNode {
  const report = useApp((state) => kernelOfFault(cellOf(state.notebook, cell), fault));
  if (report === undefined) return null;
  return (
    <button type="button" className="button fault-act" onClick={() => stepToFault(report, fault)}>
      <Footprints size={15} />
      Step to it
    </button>
  );
}

/** A kernel that did not come back runs again only when somebody says so. */
function LetRun({ cell, fault }: Props): ReactNode {
  const kernels = fault.span?.source;
  if (kernels === undefined) return null;
  return (
    <button type="button" className="button fault-act" onClick={() => void letRun(kernels, cell)}>
      Let it run once more
    </button>
  );
}

function Waiting({ cell, fault }: Props): ReactNode {
  const { cause } = fault;
  return (
    <p className="fault-waiting">
      {fault.message} {cause !== undefined && <PlaceLink cell={cell} span={cause.span} />}
    </p>
  );
}

function Cause({ cell, fault }: Props): ReactNode {
  return (
    <div className="fault-cause">
      <p>
        Because: {fault.message} <PlaceLink cell={cell} span={fault.span} />
      </p>
      {fault.hint !== undefined && <p className="fault-hint">{fault.hint}</p>}
      {fault.cause !== undefined && <Cause cell={cell} fault={fault.cause} />}
    </div>
  );
}
