import { halfBits, halfValue } from "../bytes.ts";

/** A group of weights by its definition, in f64: what the device's codes are held to. */
export type Quantizer = (group: readonly number[]) => readonly number[];

const half = (value: number): number => halfValue(halfBits(value));

/** Ties to the even one. */
function nearestWhole(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** The weight that is farthest from 0 is the least code times the scale. */
function whole(bits: number): Quantizer {
  const least = -(2 ** (bits - 1));
  return (group) => {
    const [low, high] = [Math.min(...group), Math.max(...group)];
    const scale = half((high >= -low ? high : low) / least);
    if (scale === 0) return group.map(() => 0);
    return group.map((weight) => clamp(nearestWhole(weight / scale), least, -least - 1) * scale);
  };
}

/** From the least weight, or 0, to the greatest: 2^bits - 1 steps, of which one is 0. */
function shifted(bits: number): Quantizer {
  const most = 2 ** bits - 1;
  return (group) => {
    const [low, high] = [Math.min(0, ...group), Math.max(0, ...group)];
    const scale = half((high - low) / most);
    if (scale === 0) return group.map(() => 0);
    const zero = clamp(nearestWhole(-low / scale), 0, most);
    return group.map((weight) => (clamp(nearestWhole(weight / scale) + zero, 0, most) - zero) * scale);
  };
}

const ternary: Quantizer = (group) => {
  const scale = half(group.reduce((sum, weight) => sum + Math.abs(weight), 0) / group.length);
  if (scale === 0) return group.map(() => 0);
  return group.map((weight) => clamp(nearestWhole(weight / scale), -1, 1) * scale);
};

function nearestOf(levels: readonly number[], value: number): number {
  return levels.reduce((best, level) => (Math.abs(level - value) < Math.abs(best - value) ? level : best));
}

/** The nearest of these, times a scale. */
export function byLevels(levels: readonly number[], scaleOf?: (greatest: number) => number): Quantizer {
  const ascending = levels.toSorted((a, b) => a - b);
  const reach = Math.max(...levels.map((level) => Math.abs(level)));
  return (group) => {
    const greatest = Math.max(...group.map((weight) => Math.abs(weight)));
    const scale = scaleOf?.(greatest) ?? half(greatest / reach);
    return group.map((weight) => (scale === 0 ? 0 : nearestOf(ascending, weight / scale) * scale));
  };
}

const magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
const fourBitFloats = [...magnitudes, ...magnitudes.slice(1).map((value) => -value)];

/** All e4m3 numbers: 448 is the greatest. */
const eightBitFloats = Array.from({ length: 16 }, (_, exponent) =>
  Array.from({ length: 8 }, (_none, fraction) =>
    exponent === 0 ? (fraction / 8) * 2 ** -6 : (1 + fraction / 8) * 2 ** (exponent - 7),
  ),
)
  .flat()
  .filter((value) => value < 480)
  .flatMap((value) => (value === 0 ? [0] : [value, -value]));

/** From the paper's own list (QLoRA, appendix E). */
const normalFloats = [
  -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
].map(Math.fround);

/** By the options of `quant.quantize`. */
export const quantizers: readonly (readonly [options: object, bits: number, quantizer: Quantizer])[] = [
  [{}, 4.5, whole(4)],
  [{ format: "int8" }, 8.5, whole(8)],
  [{ format: "int4" }, 4.5, whole(4)],
  [{ format: "int2" }, 2.5, whole(2)],
  [{ format: "int8", symmetric: false }, 8.75, shifted(8)],
  [{ format: "int4", symmetric: false }, 4.625, shifted(4)],
  [{ format: "int2", symmetric: false }, 2.5625, shifted(2)],
  [{ format: "ternary" }, 2.5, ternary],
  [{ format: "nf4" }, 4.5, byLevels(normalFloats)],
  [
    { format: "mxfp4" },
    4.25,
    byLevels(fourBitFloats, (greatest) => 2 ** (Math.floor(Math.log2(greatest)) - 2)),
  ],
  [{ format: "fp8" }, 8.5, byLevels(eightBitFloats)],
  [{ levels: [1, 0, -0.25] }, 2.5, byLevels([1, 0, -0.25])],
];
