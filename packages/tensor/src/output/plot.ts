import { Fault } from "@tilebook/base";
import type { Branded, TableCell } from "./brand.ts";
import { toCell } from "./table.ts";

/** Marks in the vocabulary of Observable Plot, as data. */
export interface PlotMark {
  readonly mark: "line" | "dot" | "bar" | "rule" | "text" | "cell";
  readonly data: readonly Readonly<Record<string, TableCell>>[];
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly text?: string;
}

export interface PlotAxis {
  readonly label?: string;
  readonly type?: "linear" | "log" | "band";
  readonly domain?: readonly [number, number];
}

export interface PlotOptions {
  readonly title?: string;
  readonly marks: readonly PlotMark[];
  readonly x?: PlotAxis;
  readonly y?: PlotAxis;
  readonly legend?: boolean;
}

export interface PlotOutput extends PlotOptions, Branded {
  readonly kind: "plot";
}

/** Which column of the data goes where. */
export interface Channels {
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly text?: string;
}

type MakeMark = (data: readonly object[], channels?: Channels) => PlotMark;

/** `mark.line(rows, { x: "tau", y: "accuracy" })`. A rule with only `y` is a level line. */
export const mark: Record<PlotMark["mark"], MakeMark> = {
  line: (data, channels) => made("line", data, channels),
  dot: (data, channels) => made("dot", data, channels),
  bar: (data, channels) => made("bar", data, channels),
  rule: (data, channels) => made("rule", data, channels),
  text: (data, channels) => made("text", data, channels),
  cell: (data, channels) => made("cell", data, channels),
};

function made(kind: PlotMark["mark"], data: readonly object[], channels: Channels = {}): PlotMark {
  const { x, y, color, text } = channels;
  const named = Object.entries({ x, y, color, text }).filter(([, column]) => column !== undefined);
  for (const [channel, column] of named) {
    if (data.every((row) => Object.hasOwn(row, String(column)))) continue;
    throw new Fault("output/plot", `mark.${kind}: no column "${column}" in the data for ${channel}`, {
      hint: `the columns are ${Object.keys(data[0] ?? {}).join(", ")}`,
    });
  }
  return { mark: kind, data: data.map(toRow), ...Object.fromEntries(named) };
}

function toRow(row: object): Record<string, TableCell> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)]));
}

export function plot(options: PlotOptions): PlotOutput {
  const { title, marks, x, y, legend } = options;
  const given = Object.entries({ title, x, y, legend }).filter(([, value]) => value !== undefined);
  return { $output: true, kind: "plot", marks, ...Object.fromEntries(given) };
}
