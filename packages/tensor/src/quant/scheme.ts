import { Fault } from "@tilebook/base";
import { checkOptions } from "../options.ts";
import { checkAxis, sayShape, type Shape, sizeOf } from "../shape.ts";
import { type Coding, codingOf, type FormatName, ownCoding } from "./codings.ts";

/** How weights become codes, as cells write it. */
export interface QuantizeOptions {
  /** Default: "int4". */
  readonly format?: FormatName;
  /** In the place of a format: the numbers that codes stand for, times a scale. */
  readonly levels?: readonly number[];
  /** Weights along the axis that share a scale: 32 by default; all of a "channel" (a row along the axis), or of the "tensor". */
  readonly group?: number | "channel" | "tensor";
  /** Along which products go: the last by default, as weights [out, in] have it; 0 for [in, out]. */
  readonly axis?: number;
  /** Of whole numbers: true by default. False: each group has a code of its own for 0. */
  readonly symmetric?: boolean;
  /** What the codes reach over: all of a group by default, what lies between percentiles, or what gives the least square error. */
  readonly range?: "full" | "percentile" | "mse";
  /** Default: 99.9. */
  readonly percentile?: number;
  /** Default: "f16". */
  readonly scales?: "f16" | "f32";
}

/** Options that fit together, for a tensor of this shape. */
export interface Scheme {
  readonly coding: Coding;
  readonly axis: number;
  /** Weights of a group. */
  readonly group: number;
  readonly isSymmetric: boolean;
  readonly range: "full" | "percentile" | "mse";
  /** Between 0.5 and 1. */
  readonly quantile: number;
  readonly scales: "f16" | "f32";
}

export const schemeNames: readonly (keyof QuantizeOptions)[] = [
  "format",
  "levels",
  "group",
  "axis",
  "symmetric",
  "range",
  "percentile",
  "scales",
];

/** Faults `tensor/option`, `quant/format`, `quant/levels`, `quant/group`, `quant/range`, `quant/symmetric`, `quant/scales`, `shape/axis`. */
export function schemeOf(what: string, options: QuantizeOptions = {}, shape: Shape): Scheme {
  checkOptions(what, options, schemeNames);
  const { format, levels, axis = -1, symmetric = true, range = "full", percentile = 99.9 } = options;
  if (format !== undefined && levels !== undefined)
    throw new Fault("quant/format", "format and levels are two ways to say the same", {
      hint: "give one of them",
    });
  const coding = levels === undefined ? codingOf(format ?? "int4") : ownCoding(levels);
  checkRange(coding, range, percentile);
  checkSymmetric(coding, symmetric);
  checkScales(coding, options.scales);
  const at = checkAxis(axis, shape.length);
  return {
    coding,
    axis: at,
    group: groupOf(coding, options.group ?? 32, { shape, axis: at }),
    isSymmetric: symmetric,
    range,
    quantile: percentile / 100,
    scales: options.scales ?? "f16",
  };
}

function groupOf(
  { name, inPowers }: Coding,
  group: unknown,
  { shape, axis }: { readonly shape: Shape; readonly axis: number },
): number {
  const length = shape[axis] ?? 1;
  if (inPowers === true && group !== 32)
    throw badGroup(`groups of ${name} are 32 weights`, "leave group out");
  if (group === "tensor") return sizeOf(shape);
  if (group === "channel") return length;
  if (typeof group !== "number" || !Number.isInteger(group) || group < 1)
    throw badGroup(
      `a group is a number of weights, "channel" or "tensor", not ${JSON.stringify(group)}`,
      "group: 32",
    );
  if (length % group === 0) return group;
  throw badGroup(
    `axis ${axis} of ${sayShape(shape)} has ${length} weights, no multiple of ${group}`,
    `a group that divides ${length}, group: "channel" for one scale each, or another axis`,
  );
}

function badGroup(message: string, hint: string): Fault {
  return new Fault("quant/group", message, { hint });
}

function checkRange({ name, byMean }: Coding, range: unknown, percentile: unknown): void {
  const ranges: readonly unknown[] = ["full", "percentile", "mse"];
  if (!ranges.includes(range))
    throw new Fault("quant/range", `there is no range ${JSON.stringify(range)}`, {
      hint: 'range: "full", "percentile" or "mse"',
    });
  if (typeof percentile !== "number" || !(percentile > 50 && percentile <= 100))
    throw new Fault("quant/range", "a percentile is a number above 50, and at most 100", {
      hint: "percentile: 99.9",
    });
  if (byMean === true && range === "percentile")
    throw new Fault("quant/range", `the scale of ${name} is a mean magnitude, and has no percentiles`, {
      hint: 'range: "mse" looks for a better one',
    });
}

function checkSymmetric({ name, levels, byMean }: Coding, symmetric: unknown): void {
  if (typeof symmetric !== "boolean")
    throw new Fault("quant/symmetric", "symmetric is true or false", { hint: "symmetric: false" });
  if (symmetric || (levels === undefined && byMean !== true)) return;
  throw new Fault("quant/symmetric", `${name} has a fixed code for 0`, {
    hint: "symmetric: false is for int8, int4 and int2",
  });
}

function checkScales({ name, inPowers }: Coding, scales: unknown): void {
  if (scales === undefined) return;
  if (inPowers === true)
    throw new Fault("quant/scales", `scales of ${name} are powers of two, a byte each`, {
      hint: "leave scales out",
    });
  if (scales === "f16" || scales === "f32") return;
  throw new Fault("quant/scales", 'scales are "f16" or "f32"', { hint: 'scales: "f32"' });
}
