import type { ProgressOutput } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { grouped } from "../shared/format.ts";
import "./progress.css";

/** How far something is; a total of 0 is not known. */
export function ProgressView({ output }: { readonly output: ProgressOutput }): ReactNode {
  const { label, done, total } = output;
  return (
    <label className="progress">
      <span>{label}</span>
      <progress value={total > 0 ? done : undefined} max={Math.max(total, 1)} />
      <span className="progress-count">
        {grouped(done)}
        {total > 0 && ` / ${grouped(total)}`}
      </span>
    </label>
  );
}
