import {
  aBoolean,
  anArray,
  anInteger,
  anObject,
  aNumber,
  aSpan,
  aString,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type { ProgramPlace, StepAnswer, StepOpening } from "../step.ts";
import { aFault, aName, limits } from "./common.ts";

/** What stepping shows, as it comes out of the GPU worker. */

/** Bounds of what one answer holds; the GPU worker cuts what is longer. */
export const stepLimits = {
  text: 300_000,
  lines: 10_000,
  buffers: 64,
  values: 2_000,
  strip: 512,
  sample: 4_096,
  printed: 200,
  findings: 200,
} as const;

const count = anInteger(0, Number.MAX_SAFE_INTEGER);
const axis = anInteger(0, 2 ** 31);

const place: Decoder<ProgramPlace> = (value, path) => {
  const [x, y, z] = anArray(axis, 3)(value, path);
  if (x === undefined || y === undefined || z === undefined)
    throw new Fault("decode/range", `${path} needs three numbers`);
  return [x, y, z];
};

const shape = anArray(count, 8);
const many = anArray(count, stepLimits.values);

function floats(most: number): Decoder<Float64Array> {
  return (value, path) => {
    if (!(value instanceof Float64Array) || value.length > most)
      throw new Fault("decode/type", `${path} must be at most ${most} numbers`);
    return value.slice();
  };
}

function bits(most: number): Decoder<Uint8Array> {
  return (value, path) => {
    if (!(value instanceof Uint8Array) || value.length > most)
      throw new Fault("decode/type", `${path} must be at most ${most} bytes`);
    return value.slice();
  };
}

/** A picture has as many elements as its sides say. */
function whole<T extends Picture>(inner: Decoder<T>): Decoder<T> {
  return (value, path) => {
    const decoded = inner(value, path);
    const { rows, columns, sample, hidden } = decoded;
    if (sample.length !== rows * columns || (hidden?.length ?? sample.length) !== sample.length)
      throw new Fault("decode/range", `${path} must have rows * columns elements`);
    return decoded;
  };
}

interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly sample: Float64Array;
  readonly hidden?: Uint8Array;
}

const side = anInteger(0, stepLimits.sample);

const stepValue = whole(
  anObject({
    value: count,
    label: optional(aName),
    role: oneOf("parameter", "index", "carried", "result"),
    dtype: aString(16),
    shape,
    op: optional(count),
    minimum: aNumber,
    maximum: aNumber,
    nans: count,
    rows: side,
    columns: side,
    sample: floats(stepLimits.sample),
    hidden: optional(bits(stepLimits.sample)),
  }),
);

const buffer = anObject({
  value: count,
  strip: bits(stepLimits.strip),
  loaded: count,
  stored: count,
  next: optional(anObject({ how: oneOf("load", "store", "atomic"), elements: count })),
  focus: count,
});

const trap = anObject({ fault: aFault, lane: optional(count), op: optional(count), values: many });

const print = anObject({
  text: aString(1_000),
  elements: anArray(anObject({ place: count, value: aNumber }), 64),
});

const view = anObject({
  program: place,
  position: count,
  ended: aBoolean,
  next: optional(count),
  reads: many,
  written: many,
  values: anArray(stepValue, stepLimits.values),
  buffers: anArray(buffer, stepLimits.buffers),
  trap: optional(trap),
  printed: anArray(print, stepLimits.printed),
});

const tileFields = anObject({
  value: count,
  rows: count,
  columns: count,
  row: count,
  column: count,
  height: count,
  width: count,
  values: floats(limits.window),
  hidden: optional(bits(limits.window)),
  flags: optional(bits(limits.window)),
});

const tile: typeof tileFields = (value, path) => {
  const decoded = tileFields(value, path);
  const { height, width, values, hidden, flags } = decoded;
  const sizes = [values.length, hidden?.length ?? values.length, flags?.length ?? values.length];
  if (sizes.some((size) => size !== height * width))
    throw new Fault("decode/range", `${path} must have height * width elements`);
  return decoded;
};

const finding = anObject({
  fault: aFault,
  program: place,
  position: count,
  lane: optional(count),
  op: optional(count),
});

export const aStepAnswer: Decoder<StepAnswer> = tagged("kind", {
  view,
  tile,
  findings: anObject({ findings: anArray(finding, stepLimits.findings), programs: count }),
  writer: anObject({ place: optional(anObject({ program: place, position: count })) }),
  done: anObject({}),
});

export const aStepOpening: Decoder<Omit<StepOpening, "kind">> = anObject({
  kernel: aString(1_000),
  launch: count,
  session: count,
  name: aName,
  grid: place,
  text: aString(stepLimits.text),
  lines: anArray(anObject({ op: optional(count), span: optional(aSpan) }), stepLimits.lines),
  buffers: anArray(
    anObject({ value: count, name: aName, dtype: aString(16), shape, written: aBoolean }),
    stepLimits.buffers,
  ),
});
