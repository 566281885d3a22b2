import type { Roof } from "../roofline.ts";

/** A kernel on the roofline: operations a byte, and GFLOP/s. */
export interface ChartPoint {
  readonly name: string;
  readonly intensity: number;
  readonly gflops: number;
}

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export interface Tick {
  readonly at: number;
  readonly value: number;
}

export interface ChartLayout {
  /** In pixels, in the order of the points. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The roof: along memory up to the ridge, then along arithmetic. */
  readonly roof: readonly (readonly [number, number])[];
  readonly ridge: { readonly x: number; readonly y: number };
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** The edges of the area that is drawn in. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const margin = { left: 44, right: 12, top: 18, bottom: 34 } as const;

/** Where everything stands on a chart with logarithmic axes. Points need positive finite numbers. */
export function layOut(points: readonly ChartPoint[], roof: Roof, size: ChartSize): ChartLayout {
  const ridge = roof.gflops / roof.gigabytesPerSecond;
  const xs = decades([ridge, ...points.map(({ intensity }) => intensity)]);
  const ys = decades([roof.gflops, ...points.map(({ gflops }) => gflops)]);
  const [left, right] = [margin.left, size.width - margin.right];
  const [top, bottom] = [margin.top, size.height - margin.bottom];
  const x = (value: number): number => place(value, xs, [left, right]);
  const y = (value: number): number => place(value, ys, [bottom, top]);
  const start = Math.max(xs[0], ys[0] / roof.gigabytesPerSecond);
  return {
    points: points.map(({ intensity, gflops }) => ({ x: x(intensity), y: y(gflops) })),
    roof: [
      [x(start), y(start * roof.gigabytesPerSecond)],
      [x(ridge), y(roof.gflops)],
      [right, y(roof.gflops)],
    ],
    ridge: { x: x(ridge), y: y(roof.gflops) },
    xTicks: ticks(xs).map((value) => ({ value, at: x(value) })),
    yTicks: ticks(ys).map((value) => ({ value, at: y(value) })),
    left,
    right,
    top,
    bottom,
  };
}

/** Whether a kernel has a place on a roofline: one without operations, or without bytes, has none. */
export function hasPlace({ intensity, gflops }: Omit<ChartPoint, "name">): boolean {
  return [intensity, gflops].every((value) => value > 0 && Number.isFinite(value));
}

/** Whole powers of ten around the values, with room on both sides. */
function decades(values: readonly number[]): readonly [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return [10 ** Math.floor(Math.log10(least / 1.5)), 10 ** Math.ceil(Math.log10(most * 1.5))];
}

function place(
  value: number,
  [least, most]: readonly [number, number],
  [from, to]: readonly [number, number],
): number {
  const part = Math.log10(value / least) / Math.log10(most / least);
  return from + part * (to - from);
}

function ticks([least, most]: readonly [number, number]): readonly number[] {
  const count = Math.round(Math.log10(most / least));
  return Array.from({ length: count + 1 }, (_, at) => least * 10 ** at);
}
