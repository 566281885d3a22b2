import { Fault } from "@tilebook/base";
import { arithmetic } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { watchTakes } from "../gather.ts";
import { cast, reshape, slice, take } from "../nodes.ts";
import { sayGiven, sayKind } from "../output/say.ts";
import { sayShape, type Shape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { append, type Step } from "./append.ts";
import { attendRows } from "./attend.ts";
import { Field } from "./rows.ts";
import { sampleRows } from "./sample.ts";

/** What a model computes its scores of: rows of one step, each a token of some sequence. */
export interface StepRows {
  /** i32 [n] */
  readonly tokens: Tensor;
  /** i32 [n]: how many tokens of its sequence stand before each; 0 of empty rows. */
  readonly places: Tensor;
  /** Of [n, ...] the rows that a token is drawn of, [results, ...]: what stands behind it is computed for no others. */
  readonly last: (x: Tensor) => Tensor;
  /**
   * Writes keys and values [n, heads, headSize] of these rows down, and gives the attention of queries over all that their sequences have, up
   * to and with the row itself: [n, heads or a multiple, headSize]. Scores are multiplied by `scale`, by default 1 / √headSize.
   */
  readonly attend: (layer: number, q: Tensor, k: Tensor, v: Tensor, scale?: number) => Tensor;
}

/** Scores f32 [n, words], or [results, words] of the rows by `last`. */
export type Model = (rows: StepRows) => Tensor;

/** What numbers of tokens and places may be, by what the model does with them. */
export interface Bounds {
  /** Tokens that it has scores for. */
  readonly words: number;
  /** Rows of the smallest table that tokens are looked up in, if there is one. */
  readonly tokens: number;
  /** The same of places. */
  readonly places: number;
}

interface Around {
  readonly step: Step;
  /** i32 [n]: the tokens of its rows, where they are drawn in the step before; -1 of empty rows. */
  readonly drawn?: Expr | undefined;
  /** Keys and values of each layer before it. */
  readonly layers: readonly (readonly Expr[])[];
  /** Tokens that are drawn; with `isEach` one of each row, in their order. */
  readonly results: number;
  readonly isEach: boolean;
  /** Some are drawn, and not the greatest. */
  readonly draws: boolean;
}

/** What a step leaves, by the model. Faults `serving/model`, `serving/layer`, `serving/heads`. */
export function madeBy(
  workspace: Workspace,
  model: Model,
  { step, drawn: drawnBefore, layers: before, results, isEach, draws }: Around,
): { readonly layers: readonly (readonly Expr[])[]; readonly drawn: Expr; readonly bounds: Bounds } {
  const layers = [...before];
  const { kernels } = workspace;
  const field = (at: number, count: number): Expr => fieldOf(step.rows, at, count);
  const [, n = 1] = step.rows.shape;
  const make = (build: () => Expr): Tensor => Tensor.make(workspace, build);
  const rows = { tokens: Infinity, places: Infinity };
  const watchedAs = (name: keyof typeof rows, x: Tensor): Tensor => {
    watchTakes(Tensor.expr(x), (size) => (rows[name] = Math.min(rows[name], size)));
    return x;
  };
  /** Scores are of those rows that draw, in the order of results. */
  let isNarrowed = false;
  const scores = model({
    tokens: watchedAs(
      "tokens",
      make(() => (drawnBefore === undefined ? field(Field.token, n) : arithmetic("max", drawnBefore, 0))),
    ),
    places: watchedAs(
      "places",
      make(() => field(Field.place, n)),
    ),
    last: (x) => {
      isNarrowed = true;
      return isEach ? x : make(() => take(Tensor.expr(x), arithmetic("max", field(Field.row, results), 0)));
    },
    attend: (layer, q, k, v, scale) =>
      make(() => {
        const known = typeof layer === "number" ? layers[layer] : undefined;
        if (known === undefined)
          throw badLayer(
            `there is no layer ${sayGiven(layer)}: the memory has ${layers.length}`,
            layers.length,
          );
        if (known !== before[layer]) throw badLayer(`layer ${layer} attends twice in a step`, layers.length);
        if (scale !== undefined && !Number.isFinite(scale)) throw badScale(scale);
        const by = (one: Tensor, what: string): Expr => headsOf(one, what, n, step);
        const [asking, keys, values] = [by(q, "queries"), by(k, "keys"), by(v, "values")];
        const now = append(kernels, known, { k: keys, v: values }, step);
        layers[layer] = now;
        return attendRows(kernels, asking, now, step, scale ?? step.sizes.headSize ** -0.5);
      }),
  });
  const expr = needScores(scores, n, results);
  const picks = !isEach && !(isNarrowed && expr.shape[0] === results);
  const drawn = workspace.build(() => sampleRows(kernels, expr, { rows: step.rows, results, picks, draws }));
  const [, words = 1] = expr.shape;
  if (words > rows.tokens) throw tooManyScores(words, rows.tokens);
  return { layers, drawn, bounds: { ...rows, words } };
}

function fieldOf(rows: Expr, field: number, count: number): Expr {
  return reshape(slice(rows, [field, 0], [1, count]), [count]);
}

/** f32 [n, heads, headSize]: of queries a multiple of the memory's heads. */
function headsOf(given: unknown, what: string, n: number, { sizes: { heads, headSize } }: Step): Expr {
  if (!(given instanceof Tensor))
    throw new Fault("serving/heads", `${what} are a tensor, not ${sayKind(given)}`, {
      hint: "rows.attend(0, q, k, v)",
    });
  const x = Tensor.expr(given);
  const many = sizeOf(x.shape) / (n * headSize);
  const fits = x.shape[0] === n && (what === "queries" ? many % heads === 0 : many === heads);
  if (fits && many > 0) return cast(reshape(x, [n, many, headSize]), "f32");
  const wanted: Shape = [n, heads, headSize];
  throw new Fault("serving/heads", `${what} of shape ${sayShape(x.shape)} are not ${sayShape(wanted)}`, {
    hint: "queries may have a multiple of the memory's heads, keys and values have as many",
  });
}

function needScores(scores: unknown, n: number, results: number): Expr {
  if (!(scores instanceof Tensor)) throw noScores(scores, n);
  const expr = Tensor.expr(scores);
  const [count] = expr.shape;
  if (expr.shape.length === 2 && (count === n || count === results)) return cast(expr, "f32");
  throw new Fault("serving/model", `a model gives scores [${n}, words], not ${sayShape(expr.shape)}`, {
    hint: "one row of scores for each row of tokens, or for those of rows.last(x)",
  });
}

function noScores(given: unknown, n: number): Fault {
  const hint =
    given instanceof Promise
      ? "what it awaits has to be there before: await it outside of the model"
      : "does it return a tensor, rows.last(x).matmul(table.T), say?";
  return new Fault("serving/model", `a model gives scores [${n}, words], not ${sayKind(given)}`, { hint });
}

function tooManyScores(words: number, rows: number): Fault {
  return new Fault("serving/model", `a model that scores ${words} tokens looks them up in ${rows} rows`, {
    hint: "each token that it may write needs a row: is the last product with another table, or the other way round?",
  });
}

function badScale(scale: unknown): Fault {
  return new Fault("serving/heads", `the scale of scores is a number, not ${sayGiven(scale)}`, {
    hint: "1 / Math.sqrt(headSize), which it is without one",
  });
}

function badLayer(message: string, layers: number): Fault {
  return new Fault("serving/layer", message, {
    hint: `layers count from 0, and each attends once: rows.attend(0, q, k, v) to rows.attend(${layers - 1}, q, k, v)`,
  });
}
