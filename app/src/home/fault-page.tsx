import type { FaultData } from "@tilebook/base";
import type { ReactNode } from "react";
import { openAddress } from "../session/documents.ts";

/** A notebook that cannot be opened: why, and the ways on. */
export function FaultPage({ fault }: { readonly fault: FaultData }): ReactNode {
  return (
    <div className="home fault-page" role="alert">
      <h1>This notebook cannot be opened</h1>
      <p>{fault.message}.</p>
      {fault.hint !== undefined && <p className="notice">{fault.hint}</p>}
      <div className="home-actions">
        <a className="button" href="#home">
          All notebooks
        </a>
        <button type="button" className="button" onClick={() => void openAddress()}>
          Try again
        </button>
      </div>
      <code className="notice">{fault.code}</code>
    </div>
  );
}
