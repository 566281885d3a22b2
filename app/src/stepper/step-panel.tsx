import type { KeyboardEvent, ReactNode } from "react";
import type { StepperState } from "./store.ts";
import { next, previous } from "./actions.ts";
import { openStepper } from "./open.ts";
import { StepChoice } from "./step-choice.tsx";
import { StepControls } from "./step-controls.tsx";
import { StepListing } from "./step-listing.tsx";
import { StepState } from "./step-state.tsx";
import { StepTrouble } from "./step-trouble.tsx";
import { TrapView } from "./trap-view.tsx";
import { useStepper } from "./store.ts";
import "./step.css";

/** A program of a kernel, op by op. */
export function StepPanel(): ReactNode {
  const state = useStepper((all) => all);
  switch (state.kind) {
    case "none":
      return <p className="panel-empty">Choose “Step through” on a kernel that has run.</p>;
    case "opening":
      return <p className="panel-empty">Running the cell up to {state.report.name}…</p>;
    case "refused":
      return <Refused state={state} />;
    case "open":
      return (
        <div className="step-panel" onKeyDown={press}>
          <StepChoice session={state} />
          <StepControls session={state} />
          <TrapView session={state} />
          <div className="step-sides">
            <StepListing session={state} />
            <div className="step-right">
              <StepState session={state} />
              <StepTrouble session={state} />
            </div>
          </div>
        </div>
      );
  }
}

function Refused({ state }: { readonly state: Extract<StepperState, { kind: "refused" }> }): ReactNode {
  const { report, fault } = state;
  return (
    <div className="panel-empty step-refused">
      <p>
        <b>{report.name}</b> cannot be stepped through: {fault.message}.
      </p>
      {fault.hint !== undefined && <p>{fault.hint}</p>}
      <button type="button" className="button" onClick={() => openStepper(report)}>
        Try again
      </button>
    </div>
  );
}

/** Arrow keys step, unless the focus is on something that needs them. */
function press(event: KeyboardEvent<HTMLElement>): void {
  if (!(event.target instanceof Element) || event.target.matches("input, select, .step-tile-field")) return;
  const act = { ArrowRight: next, ArrowLeft: previous }[event.key];
  if (act === undefined) return;
  event.preventDefault();
  void act();
}
