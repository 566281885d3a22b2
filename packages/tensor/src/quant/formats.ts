import { type FileDType, fileNumbers, fromFile } from "../files/elements.ts";
import type { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { bfloat16, mxfp4, q4_0, q4_1, q5_0, q5_1, q8_0 } from "./blocks.ts";
import { iq4_NL, iq4_XS, q2_K, q3_K } from "./few-bits.ts";
import { type Planes, weightsOf } from "./planes.ts";
import { q4_K, q5_K, q6_K } from "./super-blocks.ts";
import { tq1_0, tq2_0 } from "./ternary.ts";

/** How a tensor lies in a file, and how it is read. */
export interface Format {
  readonly name: string;
  /** Numbers of a block, next to each other along the last axis. */
  readonly block: number;
  /** Bytes of a block. 0: not known, as of what is not read. */
  readonly bytes: number;
  /** Absent: it is known by name alone, and not read. */
  readonly layout?: Layout;
}

export interface Layout {
  /** What is kept of the file's bytes, as they lie on the device: data. */
  readonly planes: (bytes: Uint8Array, shape: Shape) => Planes;
  /** The numbers, made of the planes by operations that a product computes where it multiplies. */
  readonly numbers: (planes: Planes, shape: Shape) => Expr;
}

const first: Layout["numbers"] = ({ codes }) => codes;

function plain(name: FileDType): Format {
  const planes: Layout["planes"] = (bytes, shape) => ({ codes: fromFile(bytes, { dtype: name, shape }) });
  return { name, block: 1, bytes: fileNumbers[name].bytes, layout: { planes, numbers: first } };
}

/** `middle`: the code that stands for 0, where planes do not say it. */
function blocks(
  name: string,
  [block, bytes]: readonly [numbers: number, bytes: number],
  planes?: Layout["planes"],
  middle?: number,
): Format {
  if (planes === undefined) return { name, block, bytes };
  const numbers: Layout["numbers"] = (made, shape) => weightsOf(made, shape, name, middle);
  return { name, block, bytes, layout: { planes, numbers } };
}

/** By the number of the type in GGUF files. Those that are not read have no layout. */
const formats: Readonly<Record<number, Format>> = {
  0: plain("F32"),
  1: plain("F16"),
  2: blocks("Q4_0", [32, 18], q4_0),
  3: blocks("Q4_1", [32, 20], q4_1),
  6: blocks("Q5_0", [32, 22], q5_0, 16),
  7: blocks("Q5_1", [32, 24], q5_1),
  8: blocks("Q8_0", [32, 34], q8_0),
  9: blocks("Q8_1", [32, 36]),
  10: blocks("Q2_K", [256, 84], q2_K),
  11: blocks("Q3_K", [256, 110], q3_K, 4),
  12: blocks("Q4_K", [256, 144], q4_K),
  13: blocks("Q5_K", [256, 176], q5_K),
  14: blocks("Q6_K", [256, 210], q6_K, 32),
  15: blocks("Q8_K", [256, 292]),
  16: blocks("IQ2_XXS", [256, 66]),
  17: blocks("IQ2_XS", [256, 74]),
  18: blocks("IQ3_XXS", [256, 98]),
  19: blocks("IQ1_S", [256, 50]),
  20: blocks("IQ4_NL", [32, 18], iq4_NL),
  21: blocks("IQ3_S", [256, 110]),
  22: blocks("IQ2_S", [256, 82]),
  23: blocks("IQ4_XS", [256, 136], iq4_XS),
  24: plain("I8"),
  25: plain("I16"),
  26: plain("I32"),
  27: plain("I64"),
  28: plain("F64"),
  29: blocks("IQ1_M", [256, 56]),
  30: { name: "BF16", block: 1, bytes: 2, layout: { planes: bfloat16, numbers: first } },
  34: blocks("TQ1_0", [256, 54], tq1_0, 1),
  35: blocks("TQ2_0", [256, 66], tq2_0, 1),
  39: blocks("MXFP4", [32, 17], mxfp4),
  40: blocks("NVFP4", [64, 36]),
  41: blocks("Q1_0", [128, 18]),
};

/** Those that are read, for hints. */
export const readFormats: string = Object.values(formats)
  .flatMap(({ name, layout }) => (layout === undefined ? [] : [name]))
  .join(", ");

/** A type by its name, with its number. */
export function formatNamed(name: string): (Format & { readonly number: number }) | undefined {
  const found = Object.entries(formats).find(([, format]) => format.name === name);
  return found && { ...found[1], number: Number(found[0]) };
}

/** A type that is not known is a format without bytes: the rest of the file can be read all the same. */
export function formatOf(type: number): Format {
  return formats[type] ?? { name: `type ${type}`, block: 1, bytes: 0 };
}
