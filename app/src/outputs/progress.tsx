import type { ProgressOutput } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { grouped } from "../shared/format.ts";
import "./progress.css";

export function ProgressView({ output }: { readonly output: ProgressOutput }): ReactNode {
  const { label, done, total } = output;
  return (
    <label className="progress">
      <span>{label}</span>
      <progress value={done} max={Math.max(total, 1)} />
      <span className="progress-count">
        {grouped(done)} / {grouped(total)}
      </span>
    </label>
  );
}
