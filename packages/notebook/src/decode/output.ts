import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  type Decoder,
  Fault,
  isDataFileName,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type {
  DownloadOutput,
  ImageOutput,
  InputOutput,
  Output,
  PlotOutput,
  PrintedOutput,
  TableOutput,
} from "../output.ts";
import { Budget, bounds } from "./bounds.ts";
import { tableCellDecoder, tensorDecoder, treeDecoder } from "./value.ts";

/** Decodes what a cell shows, as it comes out of the sandbox, into fresh bounded data. Throws `decode/...`. */
export function decodeOutput(value: unknown): Output {
  return outputDecoder(new Budget())(value, "output");
}

function outputDecoder(budget: Budget): Decoder<Output> {
  const name = budget.text(256);
  const label = budget.text(1000);
  return tagged("kind", {
    value: anObject({ name: optional(name), value: treeDecoder(budget) }),
    tensor: anObject({ name: optional(name), tensor: tensorDecoder(budget) }),
    image: imageDecoder(budget),
    table: tableDecoder(budget),
    plot: plotDecoder(budget),
    markdown: anObject({ text: budget.text(2 ** 20) }),
    text: anObject({ level: oneOf("log", "warn", "error"), text: budget.text(2 ** 20) }),
    input: inputDecoder(budget),
    progress: anObject({ label, done: finite, total: finite }),
    check: anObject({ label, passed: aBoolean, measured: label, expected: label }),
    origin: anObject({
      kernel: name,
      output: anInteger(0, 64),
      element: anInteger(0, 2 ** 40),
      place: name,
      label: optional(label),
    }),
    printed: printedDecoder(budget),
    download: downloadDecoder(budget),
  });
}

function printedDecoder(budget: Budget): Decoder<Omit<PrintedOutput, "kind">> {
  const number: Decoder<number> = (value, path) => {
    budget.spend(1);
    if (typeof value !== "number") throw new Fault("decode/type", `${path} must be a number`);
    return value;
  };
  const count = anInteger(0, 2 ** 40);
  const tile = anObject({
    text: budget.text(200),
    program: anArray(anInteger(0, 2 ** 31), 3),
    visit: count,
    dtype: budget.text(8),
    shape: anArray(anInteger(1, 65_536), bounds.rank),
    places: anArray(anInteger(0, 65_536), 64),
    values: anArray(number, 64),
  });
  const fields = anObject({
    kernel: budget.text(200),
    tiles: anArray(tile, 200),
    more: count,
    dropped: count,
  });
  return (value, path) => {
    const printed = fields(value, path);
    if (printed.tiles.some(({ places, values }) => places.length !== values.length))
      throw new Fault("decode/range", `${path} needs a place for each value`);
    return printed;
  };
}

const finite: Decoder<number> = (value, path) => {
  if (!Number.isFinite(value)) throw new Fault("decode/type", `${path} must be a finite number`);
  return aNumber(value, path);
};

function imageDecoder(budget: Budget): Decoder<Omit<ImageOutput, "kind">> {
  const head = anObject({
    width: anInteger(1, 65_536),
    height: anInteger(1, 65_536),
    pixels,
    scale: anInteger(1, 64),
    label: optional(budget.text(1000)),
  });
  return (value, path) => {
    const image = head(value, path);
    if (image.width * image.height > bounds.pixels) {
      throw new Fault("decode/range", `${path} has more than ${bounds.pixels} pixels`);
    }
    if (image.pixels.length !== image.width * image.height * 4) {
      throw new Fault("decode/range", `${path}.pixels must hold width x height x 4 bytes`);
    }
    return image;
  };
}

/** Bytes of our own: a shared or resizable buffer could change after it was looked at. */
const pixels: Decoder<Uint8ClampedArray> = (value, path) => {
  if (!(value instanceof Uint8ClampedArray))
    throw new Fault("decode/type", `${path} must be a Uint8ClampedArray`);
  if (value.length > bounds.pixels * 4) throw new Fault("decode/range", `${path} is too long`);
  return isOwn(value) ? value : new Uint8ClampedArray(value);
};

function isOwn({ buffer }: ArrayBufferView): boolean {
  return buffer instanceof ArrayBuffer && !buffer.resizable;
}

function downloadDecoder(budget: Budget): Decoder<Omit<DownloadOutput, "kind">> {
  const head = anObject({ name: budget.text(128), bytes: fileBytes });
  return (value, path) => {
    const file = head(value, path);
    if (!isDataFileName(file.name)) throw new Fault("decode/range", `${path}.name is no name of a data file`);
    return file;
  };
}

const fileBytes: Decoder<Uint8Array> = (value, path) => {
  if (!(value instanceof Uint8Array)) throw new Fault("decode/type", `${path} must be a Uint8Array`);
  if (value.length > bounds.fileBytes)
    throw new Fault(
      "decode/range",
      `${path} has ${value.length} bytes; at most ${bounds.fileBytes} are saved`,
    );
  return isOwn(value) ? value : new Uint8Array(value);
};

function tableDecoder(budget: Budget): Decoder<Omit<TableOutput, "kind">> {
  const columns = budget.list(budget.text(256), bounds.columns);
  const head = anObject({
    columns,
    rows: budget.list(budget.list(tableCellDecoder(budget), bounds.columns), bounds.tableRows),
    total: anInteger(0, Number.MAX_SAFE_INTEGER),
    label: optional(budget.text(1000)),
  });
  return (value, path) => {
    const table = head(value, path);
    const uneven = table.rows.findIndex((row) => row.length !== table.columns.length);
    if (uneven >= 0) throw new Fault("decode/range", `${path}.rows[${uneven}] must have one cell a column`);
    return table;
  };
}

function plotDecoder(budget: Budget): Decoder<Omit<PlotOutput, "kind">> {
  const channel = optional(budget.text(256));
  const axis = optional(
    anObject({
      label: optional(budget.text(1000)),
      type: optional(oneOf("linear", "log", "band")),
      domain: optional(pair),
    }),
  );
  const row = budget.record(tableCellDecoder(budget), 16);
  const mark = anObject({
    mark: oneOf("line", "dot", "bar", "rule", "text", "cell"),
    data: budget.list(row, bounds.plotRows),
    x: channel,
    y: channel,
    color: channel,
    text: channel,
    from: channel,
  });
  const head = anObject({
    title: optional(budget.text(1000)),
    marks: budget.list(mark, bounds.marks),
    x: axis,
    y: axis,
    legend: optional(aBoolean),
  });
  return (value, path) => {
    const plot = head(value, path);
    const rows = plot.marks.reduce((sum, { data }) => sum + data.length, 0);
    if (rows > bounds.plotRows)
      throw new Fault("decode/range", `${path} has more than ${bounds.plotRows} rows`);
    return plot;
  };
}

const pair: Decoder<readonly [number, number]> = (value, path) => {
  const [low, high, more] = anArray(finite, 2)(value, path);
  if (low === undefined || high === undefined || more !== undefined) {
    throw new Fault("decode/type", `${path} must be two numbers`);
  }
  return [low, high];
};

type InputBody = Without<InputOutput, "kind">;
/** `Omit`, for each member of a union by itself. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function inputDecoder(budget: Budget): Decoder<InputBody> {
  const head = { name: budget.text(256), label: budget.text(1000) };
  const text = budget.text(10_000);
  const numbers = { min: finite, max: finite, step: finite, value: finite };
  return tagged("control", {
    slider: anObject({ ...head, ...numbers }),
    select: anObject({
      ...head,
      options: budget.list(text, bounds.options),
      value: text,
    }),
    toggle: anObject({ ...head, value: aBoolean }),
    text: anObject({ ...head, value: text }),
    file: anObject({
      ...head,
      accept: budget.text(200),
      address: budget.text(2000),
      value: budget.text(256),
    }),
  });
}
