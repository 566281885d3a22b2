import type { DeviceReport } from "@tilebook/runtime";
import { type ReactNode } from "react";
import { adviceFor } from "../chrome/gpu-advice.ts";
import { bytes, grouped } from "../shared/format.ts";
import { useApp } from "../state/app.ts";
import { DeviceSpeedView } from "./device-speed.tsx";
import { MemoryBar } from "./memory-bar.tsx";
import "./device-panel.css";

/** What the notebook computes on: which adapter, what it can do, how much it may use; and what to do without one. */
export function DevicePanel(): ReactNode {
  const device = useApp((state) => state.device);
  const memory = useApp((state) => state.memory);
  if (device === undefined) return <p className="panel-empty">Looking for a device…</p>;
  return (
    <div className="device-panel">
      <p className="device-name">
        <b>{device.name}</b>
        <span>{device.kind === "gpu" ? "WebGPU" : "Interpreter"}</span>
      </p>
      {device.kind === "interpreter" && <NoGpuAdvice reason={device.reason} />}
      {memory !== undefined && <MemoryBar memory={memory} />}
      {device.kind === "gpu" && <DeviceSpeedView />}
      <Features device={device} />
      <Limits limits={device.limits} />
    </div>
  );
}

function NoGpuAdvice({ reason }: { readonly reason: string | undefined }): ReactNode {
  const advice = adviceFor(navigator.userAgent, window.isSecureContext);
  return (
    <section>
      <h3>Why there is no GPU</h3>
      <p>{reason ?? "The browser gives no WebGPU adapter."}</p>
      <h3>What to do</h3>
      <ol>
        {advice.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      <p>Until then cells run on the interpreter: results are right, sizes should be small.</p>
    </section>
  );
}

function Features({ device }: { readonly device: DeviceReport }): ReactNode {
  if (device.kind !== "gpu") return null;
  return (
    <section>
      <h3>Features</h3>
      {device.features.length === 0 && <p>None beyond the guaranteed ones.</p>}
      <ul className="device-features">
        {device.features.map((feature) => (
          <li key={feature}>{feature}</li>
        ))}
      </ul>
      {!device.timestamps && <p>This device cannot measure GPU time.</p>}
    </section>
  );
}

function Limits({ limits }: { readonly limits: DeviceReport["limits"] }): ReactNode {
  const rows = Object.entries(limits);
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>Limits</h3>
      <dl className="device-limits">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{/size|bytes/i.test(name) && value >= 1024 ? bytes(value) : grouped(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
