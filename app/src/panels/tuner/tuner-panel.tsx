import { type ReactNode, useEffect } from "react";
import { setAutoTune, showTuner, tune } from "../../session/tuning.ts";
import { useApp } from "../../state/app.ts";
import { TunedKernel } from "./tuned-kernel.tsx";
import { TuningTables } from "./tuning-tables.tsx";
import { TuningProgress } from "./tuning-progress.tsx";
import "./tuner-panel.css";

/** The kernels that have run, the ways they may be computed on this device, how fast each is, and which one is used. */
export function TunerPanel(): ReactNode {
  const kernels = useApp((state) => state.tuned?.kernels);
  const device = useApp((state) => state.device);
  const busy = useApp((state) => state.tuning !== undefined);
  useEffect(() => {
    showTuner(true);
    return () => showTuner(false);
  }, []);
  if (device?.kind === "interpreter")
    return (
      <p className="panel-empty">Without a GPU there is one way to compute a kernel: nothing to tune.</p>
    );
  return (
    <div className="tuner">
      <p className="tuner-about">
        Each kernel can be computed in several ways. Which one is the fastest, only this device knows: the
        tuner tries them beside your work, drops what is wrong or slow, and the next run uses the best.
      </p>
      <div className="tuner-tools">
        <button type="button" className="button" data-kind="main" disabled={busy} onClick={() => tune()}>
          Tune all
        </button>
        <AutoTune />
      </div>
      <TuningTables />
      <TuningProgress />
      {kernels?.length === 0 && <p className="panel-empty">No kernel has run yet that could be tuned.</p>}
      {kernels
        ?.filter(({ configs }) => configs > 1)
        .map((kernel) => (
          <TunedKernel key={kernel.key} tunable={kernel} />
        ))}
    </div>
  );
}

function AutoTune(): ReactNode {
  const on = useApp((state) => state.autoTune);
  return (
    <label>
      <input type="checkbox" checked={on} onChange={(event) => setAutoTune(event.target.checked)} />
      Tune dear kernels when nothing runs
    </label>
  );
}
