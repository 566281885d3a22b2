import type { CheckOutput } from "@tilebook/notebook";
import { Check, X } from "lucide-react";
import type { ReactNode } from "react";
import "./check.css";

/** A statement about a measured number, and whether it holds. */
export function CheckView({ output }: { readonly output: CheckOutput }): ReactNode {
  const { label, passed, measured, expected } = output;
  return (
    <div className="check" data-passed={passed}>
      <span className="check-mark" aria-hidden>
        {passed ? <Check size={14} strokeWidth={3} /> : <X size={14} strokeWidth={3} />}
      </span>
      <span className="check-label">
        <span className="unseen">{passed ? "Passed: " : "Failed: "}</span>
        {label}
      </span>
      <span className="check-numbers">
        <b>{measured}</b>
        <span>expected {expected}</span>
      </span>
    </div>
  );
}
