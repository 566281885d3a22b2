import type { DeviceSpeed } from "@tilebook/runtime";
import { type ReactNode, useMemo } from "react";
import { percent, shortTime, significant } from "../../../shared/format.ts";
import { type ChartLayout, hasPlace, layOut } from "./chart-layout.ts";
import type { ChartRow } from "./chart-rows.ts";

interface Props {
  /** Also those that have no place on the chart: they are told in words. */
  readonly rows: readonly ChartRow[];
  readonly speed: DeviceSpeed;
  readonly width: number;
  /** The launch that is looked at, and the one under the pointer, by their names. */
  readonly current: string | undefined;
  readonly pointed: string | undefined;
  readonly onPoint: (id: string | undefined) => void;
  readonly onChoose: (row: ChartRow) => void;
}

const height = 230;

/** Operations a byte against operations a second, both logarithmic: the roof, and each launch below it. */
export function RooflineChart(props: Props): ReactNode {
  const { rows, speed, pointed, current } = props;
  const width = Math.min(props.width, 640);
  const drawn = useMemo(() => rows.filter(({ summary }) => hasPlace(summary)), [rows]);
  const layout = useMemo(() => {
    const points = drawn.map(({ name, summary }) => ({ ...summary, name }));
    return layOut(points, speed, { width, height });
  }, [drawn, speed, width]);
  const told = rows.find(({ id }) => id === pointed) ?? rows.find(({ id }) => id === current);
  return (
    <>
      <svg width={width} height={height} className="roofline" role="group" aria-label="Roofline chart">
        <Axes layout={layout} />
        <polyline className="roofline-roof" points={layout.roof.map((at) => at.join(",")).join(" ")} />
        <Points {...props} rows={drawn} layout={layout} />
      </svg>
      <p className="roofline-told" role="status">
        {told === undefined ? "Point at a launch to read its numbers." : toldOf(told)}
      </p>
    </>
  );
}

function Axes({ layout }: { readonly layout: ChartLayout }): ReactNode {
  const { xTicks, yTicks, left, right, top, bottom } = layout;
  return (
    <g className="roofline-axes" aria-hidden>
      {xTicks.map(({ at, value }) => (
        <g key={value}>
          <line x1={at} x2={at} y1={top} y2={bottom} />
          <text x={at} y={bottom + 14} textAnchor="middle">
            {short(value)}
          </text>
        </g>
      ))}
      {yTicks.map(({ at, value }) => (
        <g key={value}>
          <line x1={left} x2={right} y1={at} y2={at} />
          <text x={left - 6} y={at + 4} textAnchor="end">
            {short(value)}
          </text>
        </g>
      ))}
      <text x={right} y={bottom + 28} textAnchor="end">
        operations a byte →
      </text>
      <text x={2} y={top - 8}>
        ↑ GFLOP/s
      </text>
    </g>
  );
}

function Points({
  rows,
  layout,
  current,
  pointed,
  onPoint,
  onChoose,
}: Props & { readonly layout: ChartLayout }): ReactNode {
  return rows.map((row, place) => {
    const at = layout.points[place];
    if (at === undefined) return null;
    const isTold = row.id === pointed || (pointed === undefined && row.id === current);
    const toLeft = at.x > layout.right - 90;
    return (
      <g
        key={row.id}
        className="roofline-point"
        role="button"
        tabIndex={0}
        aria-label={toldOf(row)}
        data-current={row.id === current || undefined}
        onPointerEnter={() => onPoint(row.id)}
        onPointerLeave={() => onPoint(undefined)}
        onFocus={() => onPoint(row.id)}
        onBlur={() => onPoint(undefined)}
        onClick={() => onChoose(row)}
        onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && onChoose(row)}
      >
        <circle cx={at.x} cy={at.y} r={14} className="roofline-reach" />
        <circle cx={at.x} cy={at.y} r={5} />
        {isTold && (
          <text x={at.x + (toLeft ? -9 : 9)} y={at.y + 4} textAnchor={toLeft ? "end" : "start"}>
            {row.name}
          </text>
        )}
      </g>
    );
  });
}

/** One line for who points, and for who listens. */
function toldOf({ name, summary }: ChartRow): string {
  const { time, gflops, gigabytesPerSecond, intensity, share } = summary;
  const memory = `${significant(gigabytesPerSecond, 3)} GB/s`;
  const best = share === undefined ? "" : `, ${percent(share.share)} of this device’s best`;
  const start = `${name}: ${shortTime(time.median)}`;
  return hasPlace(summary)
    ? `${start}, ${significant(gflops, 3)} GFLOP/s and ${memory} at ${significant(intensity, 3)} operations a byte${best}`
    : `${start}, ${memory}${best}; ${summary.flops > 0 ? "it moves no bytes" : "it does no arithmetic"}, so it has no point on the chart`;
}

/** 0.01, 1, 100, 10k */
function short(value: number): string {
  if (value >= 1e6) return `${significant(value / 1e6, 3)}M`;
  return value >= 1e4 ? `${significant(value / 1e3, 3)}k` : significant(value, 1);
}
