import { Fault } from "@tilebook/base";
import { checkOptions, needList, needOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import type { Branded, TableCell } from "./brand.ts";
import { sayKind } from "./say.ts";
import { toCell } from "./table.ts";

/** Marks in the vocabulary of Observable Plot, as data. */
export interface PlotMark {
  readonly mark: "line" | "dot" | "bar" | "rule" | "text" | "cell";
  readonly data: readonly Readonly<Record<string, TableCell>>[];
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly text?: string;
  /** Where a bar begins, if not at 0. */
  readonly from?: string;
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
  /** Where a bar begins, if not at 0. */
  readonly from?: string;
}

/** Rows, or numbers: those stand in columns `place` (0, 1, 2, ...) and `value`. */
export type PlotData = readonly object[] | ArrayLike<number>;

type MakeMark = (data: PlotData, channels?: Channels) => PlotMark;

/** `mark.line(rows, { x: "tau", y: "accuracy" })`, `mark.line(numbers)`. A rule with only `y` is a level line. */
export const mark: Record<PlotMark["mark"], MakeMark> = {
  line: (data, channels) => made("line", data, channels),
  dot: (data, channels) => made("dot", data, channels),
  bar: (data, channels) => made("bar", data, channels),
  rule: (data, channels) => made("rule", data, channels),
  text: (data, channels) => made("text", data, channels),
  cell: (data, channels) => made("cell", data, channels),
};

function made(kind: PlotMark["mark"], given: PlotData, channels?: Channels): PlotMark {
  checkOptions(`mark.${kind}`, channels, [
    "x",
    "y",
    "color",
    "text",
    ...(kind === "bar" ? (["from"] as const) : []),
  ]);
  const { data, columns } = rowsOf(kind, given);
  const { x, y, color, text, from } = { ...columns, ...channels };
  const named = Object.entries({ x, y, color, text, from }).filter(([, column]) => column !== undefined);
  for (const [channel, column] of named) {
    if (data.every((row) => Object.hasOwn(row, String(column)))) continue;
    throw new Fault("output/plot", `mark.${kind}: no column "${column}" in the data for ${channel}`, {
      hint: `the columns are ${Object.keys(data[0] ?? {}).join(", ")}`,
    });
  }
  return { mark: kind, data: data.map(toRow), ...Object.fromEntries(named) };
}

interface Rows {
  readonly data: readonly object[];
  /** Where the columns go that we made. */
  readonly columns: Channels;
}

function rowsOf(kind: string, given: unknown): Rows {
  const list: unknown =
    ArrayBuffer.isView(given) && "length" in given ? Array.from(given as Float32Array) : given;
  if (!Array.isArray(list)) throw noRows(kind, given);
  const items: readonly unknown[] = list;
  if (items.length > 0 && items.every((item) => typeof item === "number"))
    return { data: items.map((value, place) => ({ place, value })), columns: { x: "place", y: "value" } };
  const rows = items.filter((item) => typeof item === "object" && item !== null && !(item instanceof Tensor));
  if (rows.length < items.length)
    throw noRows(
      kind,
      items.find((item) => !rows.includes(item as object)),
    );
  return { data: rows as readonly object[], columns: {} };
}

function noRows(kind: string, given: unknown): Fault {
  const tensor = given instanceof Tensor || given instanceof Promise;
  return new Fault("output/plot", `mark.${kind} takes rows or a list of numbers, not ${sayKind(given)}`, {
    hint: tensor
      ? `wait for the numbers: mark.${kind}(await y.data()), or of two tensors mark.${kind}(Array.from(xs, (x, i) => ({ x, y: ys[i] })), { x: "x", y: "y" })`
      : `for example mark.${kind}([{ n: 1, ms: 2 }], { x: "n", y: "ms" })`,
  });
}

function toRow(row: object): Record<string, TableCell> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)]));
}

const plotLike = 'plot({ marks: [mark.line(rows, { x: "n", y: "ms" })] })';

export function plot(options: PlotOptions): PlotOutput {
  if (Array.isArray(options) || ArrayBuffer.isView(options) || (options as unknown) instanceof Tensor) {
    throw new Fault("output/plot", "plot takes its marks by name", {
      hint: "of numbers plot({ marks: [mark.line(await y.data())] }), of rows " + plotLike,
    });
  }
  needOptions("plot", options, { names: ["title", "marks", "x", "y", "legend"], like: plotLike });
  const { title, marks, x, y, legend } = options;
  needList("plot({ marks })", marks, plotLike);
  if (marks.some((item: unknown) => typeof item !== "object" || item === null || !("mark" in item)))
    throw new Fault("output/plot", "marks are made by mark.line, mark.dot, mark.bar, ...", {
      hint: plotLike,
    });
  for (const axis of [x, y]) checkOptions("an axis", axis, ["label", "type", "domain"]);
  const given = Object.entries({ title, x, y, legend }).filter(([, value]) => value !== undefined);
  return { $output: true, kind: "plot", marks, ...Object.fromEntries(given) };
}
