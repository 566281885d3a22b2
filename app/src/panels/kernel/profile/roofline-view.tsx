import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useMemo, useRef, useState } from "react";
import type { Measured } from "../../../session/device-speed.ts";
import { measureSpeed } from "../../../session/device-speed.ts";
import { significant } from "../../../shared/format.ts";
import { useWidth } from "../../../shared/use-width.ts";
import { useApp } from "../../../state/app.ts";
import { chartRows, type ChartRow } from "./chart-rows.ts";
import { useProfiles } from "./profiles.ts";
import { RooflineChart } from "./roofline-chart.tsx";
import { RooflineTable } from "./roofline-table.tsx";
import { launchNames } from "./summary.ts";

interface Props {
  readonly report: KernelReport;
  readonly at: number;
  readonly measured: Measured;
  readonly onChoose: (key: string) => void;
}

/** All launches of the notebook that were measured, under the roof of this device. */
export function Roofline({ report, at, measured, onChoose }: Props): ReactNode {
  const cells = useApp(({ notebook }) => notebook.cells);
  const known = useProfiles((state) => state.known);
  const speed = measured.kind === "speed" ? measured.speed : undefined;
  const rows = useMemo(() => chartRows(cells, known, speed), [cells, known, speed]);
  const [pointed, setPointed] = useState<string | undefined>();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const current = launchNames(report)[at];
  const shared = {
    rows,
    current,
    pointed,
    onPoint: setPointed,
    onChoose: (row: ChartRow) => onChoose(row.kernel),
  };
  return (
    <div ref={place} className="profile-roofline">
      {speed !== undefined && rows.length > 0 && (
        <section aria-label="Roofline">
          <h3>Under this device’s roof</h3>
          {width > 0 ? (
            <RooflineChart {...shared} speed={speed} width={width} />
          ) : (
            <div className="roofline-room" />
          )}
          <RooflineTable {...shared} />
          <p className="profile-note">
            Measured here: {significant(speed.gflops, 3)} GFLOP/s of multiply-adds,{" "}
            {significant(speed.gigabytesPerSecond, 3)} GB/s of copies.{" "}
            <button type="button" className="link" onClick={() => void measureSpeed()}>
              Measure the device again
            </button>
          </p>
        </section>
      )}
    </div>
  );
}
