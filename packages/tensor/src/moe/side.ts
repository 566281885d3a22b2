import type { Expr } from "../expr.ts";
import { cast, reshape } from "../nodes.ts";
import { sizeOf } from "../shape.ts";
import { asTheyLie, type Coded, codedIn } from "./coded.ts";

/** Columns of a product in a kernel's text. */
export interface Turn {
  readonly side: WeightSide;
  /** Which of the kernel's sides that is: behind the names of its parameters. */
  readonly of: number;
  /** Behind the names of what is found of it: `right0`. */
  readonly at: number;
  /** i32 [COLS]: which columns of the side. */
  readonly columns: string;
  /** How many the side has. */
  readonly width: string;
}

type Place = Omit<Turn, "side">;

/** How a kernel reads the weights of a product. */
export interface WeightSide {
  /** Names the text. */
  readonly name: string;
  /** What the weights are in memory, by the names of parameters. */
  readonly given: Readonly<Record<string, Expr>>;
  /** Numbers along `inner` that have their scale in common, where the loop goes from group to group. */
  readonly group: number | undefined;
  /** What is found once for each group. */
  readonly head: (at: Place) => string;
  /** Makes `right` [DEPTH, COLS] from `depth` [DEPTH]. */
  readonly right: (at: Place) => string;
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

/** The loop along `inner`, from one number to the other, around `body`, which finds what the sides make. */
export function loopText(
  turns: readonly Turn[],
  body: string,
  [from, to]: readonly [string, string],
): string {
  const group = turns[0]?.side.group;
  const inside = `${turns.map((turn) => turn.side.right(turn)).join("\n    ")}\n    ${body}`;
  if (group === undefined)
    return `for (const at of range(${from}, ${to}, DEPTH)) {
    const depth = at + arange(DEPTH);
    ${inside}
  }`;
  return `for (const start of range(${from}, ${to}, ${group})) {
    ${turns.map((turn) => turn.side.head(turn)).join("\n    ")}
    for (const part of range(0, ${group}, DEPTH)) {
      const depth = start + part + arange(DEPTH);
      ${inside}
    }
  }`;
}

/** The places of `right`, and where it is. */
function placesOf(transposed: boolean, { at, width }: Place): readonly [place: string, mask: string] {
  return transposed
    ? [
        `(expert * ${width} + expand(column${at}, 1)) * inner + expand(depth, 0)`,
        `expand(column${at} < ${width}, 1) && expand(depth < inner, 0)`,
      ]
    : [
        `(expert * inner + expand(depth, 1)) * ${width} + expand(column${at}, 0)`,
        `expand(depth < inner, 1) && expand(column${at} < ${width}, 0)`,
      ];
}

function plainSide(weights: Expr, transposed: boolean): WeightSide {
  const dtype = weights.dtype === "f16" ? "f16" : "f32";
  return {
    name: `${dtype}${transposed ? "_turned" : ""}`,
    given: { w: cast(weights, dtype) },
    group: undefined,
    head: () => "",
    right: (turn) => {
      const [place, mask] = placesOf(transposed, turn);
      const loaded = `load(w${turn.of} + (${place}), ${mask})${dtype === "f16" ? '.to("f32")' : ""}`;
      return `const right${turn.at} = ${turnedIf(transposed, loaded)};`;
    },
  };
}

function turnedIf(transposed: boolean, tile: string): string {
  return transposed ? `(${tile}).T` : tile;
}

function codedSide(weights: Expr, coded: Coded, transposed: boolean): WeightSide {
  const { codes, upper, scales, mins, table, group } = coded;
  const count = sizeOf(weights.shape);
  const planes = Object.entries({ upper: upper && reshape(upper, [count]), scales, mins, table }).filter(
    (pair): pair is [string, Expr] => pair[1] !== undefined,
  );
  // Groups go along `inner` where the weights are turned: their numbers are read once each.
  const whole = transposed && group % DEPTH === 0 && (weights.shape.at(-1) ?? 1) % group === 0;
  return {
    name: `${upper === undefined ? codes.dtype : "u6"}${transposed ? "_turned" : ""}`,
    given: { w: reshape(codes, [count]), ...Object.fromEntries(planes) },
    group: whole ? group : undefined,
    head: (turn) => groupText(coded, turn),
    right: whole ? (turn) => ofGroupText(coded, turn) : (turn) => scatteredText(coded, transposed, turn),
  };
}

function levelText({ table, zero }: Coded, { of, at }: Place): string {
  const level = table === undefined ? `code${at}.to("f32")` : `load(table${of} + code${at})`;
  return zero === 0 ? level : `(${level} - ${zero})`;
}

/** The codes at a place: the upper bits of wide ones lie in a tensor of their own. */
function codeText({ upper }: Coded, transposed: boolean, turn: Place): string {
  const [place, mask] = placesOf(transposed, turn);
  const read = (name: string): string => `load(${name}${turn.of} + (${place}), ${mask})`;
  return upper === undefined ? read("w") : `${read("w")} + ${read("upper")} * 16`;
}

function groupText({ group, mins }: Coded, { of, at, width }: Place): string {
  const read = (name: string): string =>
    `expand(load(${name}${of} + block${at}, column${at} < ${width}).to("f32"), 1)`;
  return `const block${at} = (expert * ${width} + column${at}) * idiv(inner, ${group}) + idiv(start, ${group});
    const scale${at} = ${read("scales")};
    ${mins === undefined ? "" : `const least${at} = ${read("mins")};`}`;
}

function ofGroupText(coded: Coded, turn: Place): string {
  const { at } = turn;
  const least = coded.mins === undefined ? "" : ` - least${at}`;
  return `const code${at} = ${codeText(coded, true, turn)};
      const right${at} = (${levelText(coded, turn)} * scale${at}${least}).T;`;
}

/** Each code looks its group up. */
function scatteredText(coded: Coded, transposed: boolean, turn: Place): string {
  const [place, mask] = placesOf(transposed, turn);
  const { of, at } = turn;
  const { group, mins } = coded;
  const least = mins === undefined ? "" : ` - load(mins${of} + block${at}, ${mask}).to("f32")`;
  const number = `${levelText(coded, turn)} * load(scales${of} + block${at}, ${mask}).to("f32")${least}`;
  return `const code${at} = ${codeText(coded, transposed, turn)};
    const block${at} = idiv(${place}, ${group});
    const right${at} = ${turnedIf(transposed, number)};`;
}
