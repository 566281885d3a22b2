import type { QuantizeOptions } from "../quant/scheme.ts";
import type { Tensor } from "../tensor.ts";
import type { TestCell } from "./cell.ts";

const most = 3.4028234663852886e38;

/** A weight that stands among 31 others near 1, and what the 32 become: numbers, none, or numbers if the scale may be an f32. */
export const oddWeights: readonly (readonly [
  weight: number,
  becomes: "numbers" | "NaN" | "NaN by halves",
])[] = [
  [Infinity, "NaN"],
  [-Infinity, "NaN"],
  [Number.NaN, "NaN"],
  [-0, "numbers"],
  [1e-40, "numbers"],
  [-1e-40, "numbers"],
  [most, "NaN by halves"],
  [-most, "NaN by halves"],
];

/** All formats, with both kinds of scales. */
export const oddFormats: readonly QuantizeOptions[] = [
  ...(["int8", "int4", "int2", "ternary", "nf4", "fp8"] as const).flatMap((format) =>
    (["f16", "f32"] as const).map((scales) => ({ format, scales })),
  ),
  { format: "int4", symmetric: false, scales: "f32" },
  { format: "int2", range: "mse", scales: "f32" },
  { format: "mxfp4" },
  { levels: [-1, 0.5, 1], scales: "f32" },
];

const near = (at: number): number => Math.fround(Math.sin(at * 1.7) + 0.1);

/** Rows of two groups of 32, [rows, 64]: one with an odd weight in its sixth place, and one without. The last rows have none, denormals alone, and the greatest and the least f32 by turns. */
export function rowsOfOdd(): number[] {
  const rows = oddWeights.map(([weight]) =>
    Array.from({ length: 64 }, (_, at) => (at === 5 ? weight : near(at))),
  );
  const plain = Array.from({ length: 64 }, (_, at) => (at === 5 ? 0 : near(at)));
  const tiny = plain.map((weight, at) => (at < 32 ? weight * 1e-40 : weight));
  const far = plain.map((weight, at) => (at < 32 ? (at % 2 === 0 ? most : -most) : weight));
  return [...rows, plain, tiny, far].flat();
}

/** What is wrong with weights that were made of `rowsOfOdd`, in words. */
export function oddFaults(options: QuantizeOptions, made: ArrayLike<number>): readonly string[] {
  const group = (row: number, half: number): number[] =>
    Array.from({ length: 32 }, (_, at) => made[row * 64 + half * 32 + at] ?? Number.NaN);
  const plain = oddWeights.length;
  const faults: string[] = [];
  const expect = (holds: boolean, what: string): void => {
    if (!holds) faults.push(`${JSON.stringify(options)}: ${what}`);
  };
  oddWeights.forEach(([weight, becomes], row) => {
    const found = group(row, 0);
    const isNaN = becomes === "NaN" || (becomes === "NaN by halves" && (options.scales ?? "f32") === "f16");
    expect(
      found.every((one) => Number.isNaN(one) === isNaN && Math.abs(one) !== Infinity),
      `a group with ${weight}: ${found.join(" ")}`,
    );
    if (!isNaN && Math.abs(weight) === most)
      expect(Math.sign(found[5] ?? 0) === Math.sign(weight), `${weight} is ${found[5]}`);
    if (!isNaN && Math.abs(weight) < 1)
      expect(same(found, group(plain, 0)), `a group with ${weight} is not that with 0`);
    expect(same(group(row, 1), group(plain, 1)), `beside ${weight}, the next group differs`);
  });
  expect(
    group(plain + 1, 0).every((one) => Math.abs(one) < 3e-38),
    `denormals: ${group(plain + 1, 0).join(" ")}`,
  );
  return faults;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((one, at) => Math.abs(one - (b[at] ?? Number.NaN)) < 3e-38);

/** The weights of `rowsOfOdd`. */
export function oddTensor({ tensor }: TestCell): Tensor {
  const rows = rowsOfOdd();
  return tensor(rows, { shape: [rows.length / 64, 64] });
}
