import type { OriginOutput } from "@tilebook/notebook";
import { Footprints } from "lucide-react";
import type { ReactNode } from "react";
import { stepToOrigin } from "../stepper/step-commands.ts";
import "./origin.css";

/** Leads to the step of a kernel that stored an element. */
export function OriginView(props: { readonly cell: string; readonly output: OriginOutput }): ReactNode {
  const { cell, output } = props;
  const { label, place } = output;
  return (
    <div className="origin">
      <span>{label ?? `Where ${place} comes from`}</span>
      <button type="button" className="button" onClick={() => stepToOrigin(cell, output)}>
        <Footprints size={15} />
        Step to it
      </button>
    </div>
  );
}
