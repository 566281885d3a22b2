import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type { ImageOutput, Output, PlotMark, TableCell } from "@tilebook/notebook";
import { aName, limits } from "./common.ts";
import { aTensorSummary, aValueTree } from "./tree.ts";

/** Decodes what a cell shows. Every part is copied and bounded; the app may draw it without further checks. */

const label = optional(aString(1_000));
const line = aString(10_000);

const aTableCell: Decoder<TableCell> = (value, path) => {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  return line(value, path);
};

const image = anObject({
  width: anInteger(1, 16_384),
  height: anInteger(1, 16_384),
  scale: anInteger(1, 64),
  label,
  pixels: (value: unknown, path: string): Uint8ClampedArray => {
    if (!(value instanceof Uint8ClampedArray) || value.length > 4 * limits.pixels)
      throw new Fault("decode/type", `${path} must be clamped bytes of at most ${limits.pixels} pixels`);
    return value.slice();
  },
});

const anImage: Decoder<Omit<ImageOutput, "kind">> = (value, path) => {
  const decoded = image(value, path);
  if (decoded.pixels.length !== decoded.width * decoded.height * 4)
    throw new Fault("decode/range", `${path}.pixels must be width * height * 4 bytes`);
  return decoded;
};

const table = anObject({
  columns: anArray(aString(256), limits.tableColumns),
  rows: anArray(anArray(aTableCell, limits.tableColumns), limits.tableRows),
  total: anInteger(0, Number.MAX_SAFE_INTEGER),
  label,
});

const aRow: Decoder<Record<string, TableCell>> = (value, path) => {
  if (typeof value !== "object" || value === null) throw new Fault("decode/type", `${path} must be a row`);
  const entries = Object.entries(value);
  if (entries.length > limits.tableColumns)
    throw new Fault("decode/range", `${path} has more than ${limits.tableColumns} columns`);
  const row: Record<string, TableCell> = {};
  for (const [key, cell] of entries)
    if (key !== "__proto__") row[aString(256)(key, path)] = aTableCell(cell, `${path}.${key}`);
  return row;
};

const channel = optional(aString(256));

const aMark = anObject({
  mark: oneOf("line", "dot", "bar", "rule", "text", "cell"),
  data: anArray(aRow, limits.plotRows),
  x: channel,
  y: channel,
  color: channel,
  text: channel,
}) as Decoder<PlotMark>;

const aDomain: Decoder<readonly [number, number]> = (value, path) => {
  const [from, to] = anArray(aNumber, 2)(value, path);
  if (from === undefined || to === undefined) throw new Fault("decode/type", `${path} must be two numbers`);
  return [from, to];
};

const axis = optional(
  anObject({
    label,
    type: optional(oneOf("linear", "log", "band")),
    domain: optional(aDomain),
  }),
);

const input = {
  name: aName,
  label: aString(1_000),
};

const anInput = tagged("control", {
  slider: anObject({ ...input, min: aNumber, max: aNumber, step: aNumber, value: aNumber }),
  select: anObject({ ...input, options: anArray(aString(1_000), 1_000), value: aString(1_000) }),
  toggle: anObject({ ...input, value: aBoolean }),
  text: anObject({ ...input, value: line }),
});

export const anOutput = tagged("kind", {
  value: anObject({ name: optional(aName), value: aValueTree }),
  tensor: anObject({ name: optional(aName), tensor: aTensorSummary }),
  image: anImage,
  table,
  plot: anObject({
    title: label,
    marks: anArray(aMark, limits.plotMarks),
    x: axis,
    y: axis,
    legend: optional(aBoolean),
  }),
  markdown: anObject({ text: aString(limits.text) }),
  text: anObject({ level: oneOf("log", "warn", "error"), text: aString(limits.text) }),
  input: anInput,
  progress: anObject({ label: aString(1_000), done: aNumber, total: aNumber }),
  check: anObject({ label: aString(1_000), passed: aBoolean, measured: line, expected: line }),
}) as Decoder<Output>;
