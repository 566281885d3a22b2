// A language model small enough for the f64 interpreter: one that computes its whole window, and the same over a memory.
import type { TestCell } from "./cell.ts";
import type { Tensor } from "../tensor.ts";
import type { StepRows } from "../serve/model.ts";

export interface TinyModel {
  readonly sizes: { readonly layers: number; readonly heads: number; readonly headSize: number };
  readonly words: number;
  /** Scores [n, words] of all n tokens, by everything before them, or by the last `window` and the first `sinks`. */
  readonly whole: (tokens: readonly number[], seen?: Seen) => Tensor;
  readonly model: (rows: StepRows) => Tensor;
}

export interface Seen {
  readonly window: number;
  readonly sinks: number;
}

/** Two layers of attention, queries in `shared` times as many heads as keys, and a place that is added. Weights are drawn from seed `first` on. */
export function tinyModel(cell: TestCell, shared = 1, first = 1): TinyModel {
  const { tensor, random, matmul } = cell;
  const [layers, heads, headSize, words, length] = [2, 2, 4, 11, 64];
  const asking = heads * shared;
  const width = asking * headSize;
  let seed = first;
  const weights = (...shape: number[]): Tensor =>
    random.normal(shape, { seed: seed++, deviation: shape[0] === words ? 1 : 0.5 });
  const [table, places] = [weights(words, width), weights(length, width).mul(0.3)];
  const all = Array.from({ length: layers }, () => ({
    q: weights(width, width),
    k: weights(width, heads * headSize),
    v: weights(width, heads * headSize),
    out: weights(width, width),
  }));
  const ends = (x: Tensor): Tensor => matmul(x, table, { transposeRight: true });
  return {
    sizes: { layers, heads, headSize },
    words,
    whole: (tokens, { window, sinks } = { window: 64, sinks: 0 }) => {
      const n = tokens.length;
      let x = table.take(tensor([...tokens], { dtype: "i32" })).add(places.slice(0, 0, n));
      for (const { q, k, v, out } of all) {
        const byHead = (side: Tensor, count: number): Tensor =>
          x.matmul(side).reshape(n, count, headSize).permute(1, 0, 2);
        const repeated = (side: Tensor): Tensor => byHead(side, heads).repeat(shared, 0);
        const scores = byHead(q, asking)
          .matmul(repeated(k).transpose())
          .mul(headSize ** -0.5);
        const [key, asks] = [tensor.arange(n), tensor.arange(n).expandDims(1)];
        const hidden = key.gt(asks).or(key.le(asks.sub(window)).and(key.ge(sinks)));
        const mixed = hidden.where(-Infinity, scores).softmax().matmul(repeated(v));
        x = x.add(mixed.permute(1, 0, 2).reshape(n, width).matmul(out));
      }
      return ends(x);
    },
    model: (rows) => {
      let x = table.take(rows.tokens).add(places.take(rows.places));
      all.forEach(({ q, k, v, out }, layer) => {
        const heard = rows.attend(layer, x.matmul(q), x.matmul(k), x.matmul(v));
        x = x.add(heard.reshape(-1, width).matmul(out));
      });
      return ends(rows.last(x));
    },
  };
}

/** The greatest next token, again and again, each time by the whole text. */
export async function greedy(
  { whole }: TinyModel,
  prompt: readonly number[],
  most: number,
  seen?: Seen,
): Promise<number[]> {
  const text = [...prompt];
  while (text.length < prompt.length + most) {
    const scores = whole(text, seen);
    text.push(
      await scores
        .row(text.length - 1)
        .argmax()
        .item(),
    );
  }
  return text.slice(prompt.length);
}
