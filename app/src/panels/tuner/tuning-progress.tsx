import type { ReactNode } from "react";
import { stopTuning } from "../../session/tuning.ts";
import { useApp } from "../../state/app.ts";

/** What is being tried, with a way to stop it. */
export function TuningProgress(): ReactNode {
  const now = useApp((state) => state.tuning);
  if (now === undefined) return null;
  return (
    <div className="under-way tuner-progress" role="status" aria-busy>
      <span>
        Tuning {now.kernel}: {now.done} of {now.of}
      </span>
      <progress max={now.of} value={now.done} />
      <button type="button" className="button" onClick={stopTuning}>
        Stop tuning
      </button>
    </div>
  );
}
