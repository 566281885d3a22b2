import type { ReactNode } from "react";
import { percent, shortTime, significant } from "../../../shared/format.ts";
import type { ChartRow } from "./chart-rows.ts";

interface Props {
  readonly rows: readonly ChartRow[];
  readonly current: string | undefined;
  readonly pointed: string | undefined;
  readonly onPoint: (id: string | undefined) => void;
  readonly onChoose: (row: ChartRow) => void;
}

/** The same launches in numbers, also those that have no place on the chart. */
export function RooflineTable({ rows, current, pointed, onPoint, onChoose }: Props): ReactNode {
  return (
    <div className="roofline-table" tabIndex={0} role="group" aria-label="All measured launches">
      <table>
        <thead>
          <tr>
            <th scope="col">kernel</th>
            <th scope="col">time</th>
            <th scope="col">GFLOP/s</th>
            <th scope="col">GB/s</th>
            <th scope="col">op/byte</th>
            <th scope="col">of best</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id}
              data-current={row.id === current || undefined}
              data-pointed={row.id === pointed || undefined}
              onPointerEnter={() => onPoint(row.id)}
              onPointerLeave={() => onPoint(undefined)}
            >
              <Cells row={row} onChoose={onChoose} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cells({ row, onChoose }: { readonly row: ChartRow } & Pick<Props, "onChoose">): ReactNode {
  const { time, flops, gflops, gigabytesPerSecond, intensity, share } = row.summary;
  const counted = flops > 0;
  return (
    <>
      <th scope="row">
        <button type="button" className="link" onClick={() => onChoose(row)}>
          {row.name}
        </button>
      </th>
      <td>{shortTime(time.median)}</td>
      <td>{counted ? significant(gflops, 3) : "–"}</td>
      <td>{significant(gigabytesPerSecond, 3)}</td>
      <td>{counted && Number.isFinite(intensity) ? significant(intensity, 3) : "–"}</td>
      <td>{share === undefined ? "–" : percent(share.share)}</td>
    </>
  );
}
