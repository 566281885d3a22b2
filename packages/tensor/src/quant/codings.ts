import { Fault } from "@tilebook/base";
import type { PackedDType } from "@tilebook/ir";

/** Which numbers the codes of a format stand for, before they are multiplied by a scale. */
export interface Coding {
  /** As `t.quantized.format` has it. */
  readonly name: string;
  readonly codes: PackedDType;
  /** Absent: the codes are whole numbers from `least` to `most`. In ascending order otherwise. */
  readonly levels?: readonly Level[];
  readonly least: number;
  readonly most: number;
  /** Scales are powers of two, kept as a byte. */
  readonly inPowers?: boolean;
  /** The scale is the mean magnitude, and what lies beyond is cut (Ma et al. 2024, BitNet b1.58, equation 3). */
  readonly byMean?: boolean;
}

export interface Level {
  readonly code: number;
  readonly value: number;
}

export type FormatName = "int8" | "int4" | "int2" | "ternary" | "nf4" | "mxfp4" | "fp8";

/** Quantiles of the normal distribution, with 0 (Dettmers et al. 2023, QLoRA, appendix E). */
const nf4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/** Four bits: a sign, two of the exponent and one behind the point (OCP Microscaling Formats 1.0, 5.3.3). By the code. */
export const e2m1: readonly number[] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** Eight bits: a sign, four of the exponent and three behind the point, without infinities (Micikevicius et al. 2022). By the code. */
const e4m3 = Array.from({ length: 256 }, (_, code) => {
  const [sign, exponent, fraction] = [code < 128 ? 1 : -1, (code >> 3) & 15, code & 7];
  if ((code & 127) === 127) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
});

const whole = (name: string, codes: PackedDType, bits: number): Coding => ({
  name,
  codes,
  least: -(2 ** (bits - 1)),
  most: 2 ** (bits - 1) - 1,
});

/** The coding of a table by the code. Of equal numbers and of what is none, the first code is taken. */
export function tableCoding(name: string, table: readonly number[]): Coding {
  const levels = table
    .map((value, code): Level => ({ code, value }))
    .filter(({ code, value }) => !Number.isNaN(value) && table.findIndex((other) => other === value) === code)
    .toSorted((a, b) => a.value - b.value);
  const codes = table.length <= 4 ? "u2" : table.length <= 16 ? "u4" : "u8";
  const [least = 0, most = 0] = [levels.at(0)?.value, levels.at(-1)?.value];
  return { name, codes, levels, least, most };
}

const codings: Readonly<Record<FormatName, () => Coding>> = {
  int8: () => whole("int8", "i8", 8),
  int4: () => whole("int4", "u4", 4),
  int2: () => whole("int2", "u2", 2),
  ternary: () => ({ name: "ternary", codes: "u2", least: -1, most: 1, byMean: true }),
  nf4: () => tableCoding("nf4", nf4),
  mxfp4: () => ({ ...tableCoding("mxfp4", e2m1), inPowers: true }),
  fp8: () => tableCoding("fp8", e4m3),
};

/** Fault `quant/format`. */
export function codingOf(format: unknown): Coding {
  if (typeof format === "string" && Object.hasOwn(codings, format)) return codings[format as FormatName]();
  throw new Fault("quant/format", `there is no format ${JSON.stringify(format)}`, {
    hint: `the formats are ${Object.keys(codings).join(", ")}; levels: [...] takes up to 256 numbers of your own`,
  });
}

/** Of numbers that a cell gives. Fault `quant/levels`. */
export function ownCoding(levels: unknown): Coding {
  const list: readonly unknown[] = Array.isArray(levels) ? levels : [];
  const good = list.every((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (good && new Set(list).size === list.length && list.length >= 2 && list.length <= 256)
    return tableCoding("levels", list);
  throw new Fault("quant/levels", "levels are 2 to 256 different numbers", {
    hint: "for example levels: [-1, -0.25, 0, 0.25, 1]; each group has a scale that they are multiplied by",
  });
}
