import type { Expr } from "../expr.ts";
import type { Given } from "../library/launch.ts";
import { cast, reshape } from "../nodes.ts";
import { sizeOf } from "../shape.ts";
import { asTheyLie, type Coded, codedIn } from "./coded.ts";

/** How a kernel reads the weights of a product. */
export interface WeightSide {
  /** Names the text. */
  readonly name: string;
  /** In memory they are [experts, out, in]. */
  readonly transposed: boolean;
  readonly parameters: string;
  readonly given: Readonly<Record<string, Given>>;
  /** The loop along `inner` around `body`, which finds `depth` [DEPTH] and \`right\` [DEPTH, COLS]. */
  readonly loop: (body: string) => string;
}

/** Numbers along `inner` that are multiplied at a time. */
export const DEPTH = 4;

/** Weights as they lie, in halves or as codes: nothing is made of them before. */
export function weightSide(given: Expr, transposed: boolean): WeightSide {
  const { weights, turned } = asTheyLie(given);
  const lies = transposed !== turned;
  const coded = codedIn(weights);
  return coded === undefined ? plainSide(weights, lies) : codedSide(weights, coded, lies);
}

/** The places of `right`, and where it is. */
function placesOf(transposed: boolean): readonly [place: string, mask: string] {
  return transposed
    ? [
        "(expert * width + expand(column, 1)) * inner + expand(depth, 0)",
        "expand(column < width, 1) && expand(depth < inner, 0)",
      ]
    : [
        "(expert * inner + expand(depth, 1)) * width + expand(column, 0)",
        "expand(depth < inner, 1) && expand(column < width, 0)",
      ];
}

const walk = (body: string): string => `for (const first of range(0, inner, DEPTH)) {
    const depth = first + arange(DEPTH);
    ${body}
  }`;

function plainSide(weights: Expr, transposed: boolean): WeightSide {
  const dtype = weights.dtype === "f16" ? "f16" : "f32";
  const [place, mask] = placesOf(transposed);
  const loaded = `load(w + (${place}), ${mask})${dtype === "f16" ? '.to("f32")' : ""}`;
  return {
    name: `${dtype}${transposed ? "_turned" : ""}`,
    transposed,
    parameters: `w: Ptr<"${dtype}">`,
    given: { w: cast(weights, dtype) },
    loop: (body) => walk(`const right = ${turnedIf(transposed, loaded)};\n    ${body}`),
  };
}

function turnedIf(transposed: boolean, tile: string): string {
  return transposed ? `(${tile}).T` : tile;
}

function codedSide(weights: Expr, coded: Coded, transposed: boolean): WeightSide {
  const { codes, scales, mins, table, group } = coded;
  const planes = Object.entries({ scales, mins, table }).filter(
    (pair): pair is [string, Expr] => pair[1] !== undefined,
  );
  const parameters = [["w", codes] as const, ...planes].map(
    ([name, { dtype }]) => `${name}: Ptr<"${dtype}">`,
  );
  const count = sizeOf(weights.shape);
  return {
    name: `${codes.dtype}${transposed ? "_turned" : ""}`,
    transposed,
    parameters: parameters.join(", "),
    given: { w: reshape(codes, [count]), ...Object.fromEntries(planes) },
    loop: (body) => {
      // Groups go along `inner` where the weights are turned: their numbers are read once each.
      const whole = transposed && group % DEPTH === 0 && (weights.shape.at(-1) ?? 1) % group === 0;
      return whole ? groupLoop(coded, body) : walk(`${scatteredText(coded, transposed)}\n    ${body}`);
    },
  };
}

function levelText({ table, zero }: Coded): string {
  const level = table === undefined ? 'code.to("f32")' : "load(table + code)";
  return zero === 0 ? level : `(${level} - ${zero})`;
}

function groupLoop(coded: Coded, body: string): string {
  const [place, mask] = placesOf(true);
  const { group, mins } = coded;
  return `for (const start of range(0, inner, ${group})) {
    const block = (expert * width + column) * idiv(inner, ${group}) + idiv(start, ${group});
    const scale = expand(load(scales + block, column < width).to("f32"), 1);
    ${mins === undefined ? "" : 'const least = expand(load(mins + block, column < width).to("f32"), 1);'}
    for (const part of range(0, ${group}, DEPTH)) {
      const depth = start + part + arange(DEPTH);
      const code = load(w + (${place}), ${mask});
      const right = (${levelText(coded)} * scale${mins === undefined ? "" : " - least"}).T;
      ${body}
    }
  }`;
}

/** Each code looks its group up. */
function scatteredText(coded: Coded, transposed: boolean): string {
  const [place, mask] = placesOf(transposed);
  const { group, mins } = coded;
  const least = mins === undefined ? "" : ` - load(mins + block, ${mask}).to("f32")`;
  const number = `${levelText(coded)} * load(scales + block, ${mask}).to("f32")${least}`;
  return `const code = load(w + (${place}), ${mask});
    const block = idiv(${place}, ${group});
    const right = ${turnedIf(transposed, number)};`;
}
