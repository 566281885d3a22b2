import { X } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { Guard } from "../shared/guard.tsx";
import { useApp } from "../state/app.ts";
import type { Panel } from "../state/view-slice.ts";
import { ContentsPanel } from "./contents-panel.tsx";
import { DevicePanel } from "./device-panel.tsx";
import { KernelPanel } from "./kernel/kernel-panel.tsx";
import { StepPanel } from "../stepper/step-panel.tsx";
import { PanelEdge } from "./panel-edge.tsx";
import { TunerPanel } from "./tuner/tuner-panel.tsx";
import "./side-panel.css";

const RoomPanel = lazy(() =>
  import("./room/room-panel.tsx").then((module) => ({ default: module.RoomPanel })),
);

const titles: Readonly<Record<Panel, string>> = {
  kernel: "Kernels",
  step: "Step through",
  tuner: "Tuner",
  device: "Device",
  room: "Room",
  contents: "Contents",
};

/** What stands beside the notebook: to the right on wide screens, as a sheet over it on phones. */
export function SidePanel(): ReactNode {
  const panel = useApp((state) => state.panel);
  const openPanel = useApp((state) => state.openPanel);
  if (panel === undefined) return null;
  return (
    <aside className="side-panel" aria-label={titles[panel]}>
      <PanelEdge />
      <header className="side-panel-head">
        <h2>{titles[panel]}</h2>
        <button type="button" className="tool" aria-label="Close" onClick={() => openPanel(undefined)}>
          <X size={17} />
        </button>
      </header>
      <div className="side-panel-body">
        <Guard what="this panel">
          <PanelView panel={panel} />
        </Guard>
      </div>
    </aside>
  );
}

function PanelView({ panel }: { readonly panel: Panel }): ReactNode {
  switch (panel) {
    case "kernel":
      return <KernelPanel />;
    case "step":
      return <StepPanel />;
    case "tuner":
      return <TunerPanel />;
    case "device":
      return <DevicePanel />;
    case "room":
      return (
        <Suspense fallback={<p className="panel-empty">Loading…</p>}>
          <RoomPanel />
        </Suspense>
      );
    case "contents":
      return <ContentsPanel />;
  }
}
