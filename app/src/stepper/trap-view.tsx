import type { FaultData } from "@tilebook/base";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { findingNames } from "./step-trouble.tsx";
import type { OpenSession } from "./store.ts";

/** What the program has run into here, or what was last asked in vain. */
export function TrapView({ session }: { readonly session: OpenSession }): ReactNode {
  const { view, finding, note } = session;
  const isThere = finding !== undefined && view?.program.join() === finding.program.join();
  const found = isThere && view?.position === finding.position ? finding.fault : undefined;
  const fault = view?.trap?.fault ?? found;
  return (
    <div role="status" className="step-says">
      {fault !== undefined && <Trap fault={fault} />}
      {fault === undefined && note !== undefined && <p className="step-note">{note}</p>}
    </div>
  );
}

function Trap({ fault }: { readonly fault: FaultData }): ReactNode {
  return (
    <div className="step-trap">
      <TriangleAlert size={16} aria-hidden />
      <p>
        <b>{findingNames[fault.code] ?? "Trap"}.</b> {fault.message}
        {fault.hint !== undefined && <span> {fault.hint}</span>}
      </p>
    </div>
  );
}
