import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";

/*
 * A token drawn of softmax(scores / temperature), of which only a part is left. A program for each result.
 *
 * All is said in distances below the greatest, d = (greatest - score) / temperature: its bits as a whole number are in the same order, so
 * what top-k and top-p leave is found bit by bit, without sorting: the least limit up to which there are k of them, or up to which
 * they weigh p of all. Equal scores at the limit all stay. Then the greatest of -d + Gumbel noise (Gumbel 1954) is taken, of equal ones the first.
 * Noise of token i is word 0 of Philox4x32-10 with the key (seed, place) and the counter (i, 0, 0, 0).
 */
const sampleText = `kernel((scores: Ptr, rows: Ptr<"i32">, y: Ptr<"i32">, n: i32, words: i32, PICKS: Const, DRAWS: Const, BLOCK: Const) => {
  const result = programId(0);
  const field = (k) => load(rows + (k * n + result));
  const from = maximum(field(3), 0);
  const place = load(rows + (2 * n + from));
  const heat = DRAWS ? bitcast(field(5), "f32") : 0;
  const topK = field(6);
  const topP = bitcast(field(7), "f32");
  const minP = bitcast(field(8), "f32");
  const base = scores + (PICKS ? from : result) * words;
  const lane = arange(BLOCK);

  let most = full([BLOCK], -Infinity);
  let strays = zeros([BLOCK], "i32");
  for (const first of range(0, words, BLOCK)) {
    const score = load(base + (first + lane), first + lane < words, -Infinity);
    most = maximum(most, score);
    strays = strays | isNaN(score).to("i32");
  }
  const peak = max(most);
  const cool = heat > 0 ? 1 / heat : 1;
  const below = (first) => {
    const score = load(base + (first + lane), first + lane < words, -Infinity);
    return where(score == peak, 0, (peak - score) * cool);
  };
  const order = (d) => bitcast(d, "i32");

  let limit = order(full([1], Infinity));
  if (heat > 0 && topK > 0 && topK < words) {
    let found = zeros([1], "i32");
    for (const turn of range(0, 31)) {
      const tried = found | (1 << (30 - turn));
      let nearer = zeros([BLOCK], "i32");
      for (const first of range(0, words, BLOCK)) nearer += (order(below(first)) < tried && first + lane < words).to("i32");
      found = where(sum(nearer) < topK, tried, found);
    }
    limit = found;
  }
  if (heat > 0 && topP < 1) {
    let weights = zeros([BLOCK]);
    for (const first of range(0, words, BLOCK)) {
      const d = below(first);
      weights += where(order(d) <= limit && first + lane < words, exp(-d), 0);
    }
    const wanted = sum(weights) * topP;
    let found = zeros([1], "i32");
    for (const turn of range(0, 31)) {
      const tried = found | (1 << (30 - turn));
      let nearer = zeros([BLOCK]);
      for (const first of range(0, words, BLOCK)) {
        const d = below(first);
        nearer += where(order(d) < tried && order(d) <= limit && first + lane < words, exp(-d), 0);
      }
      found = where(sum(nearer) < wanted, tried, found);
    }
    limit = minimum(limit, found);
  }
  if (heat > 0 && minP > 0) limit = minimum(limit, order(full([1], 1) * maximum(-log(minP), 0)));

  let best = full([BLOCK], -Infinity);
  let token = full([BLOCK], words - 1, "i32");
  for (const first of range(0, words, BLOCK)) {
    const at = first + lane;
    const d = below(first);
    let value = -d;
    if (heat > 0) {
      const [word] = philox([field(4).to("u32"), place.to("u32")], at, 0, 0, 0);
      value = value - log(-log(((word >>> 9).to("f32") + 0.5) * ${2 ** -23}));
    }
    const better = at < words && order(d) <= limit && value > best;
    best = where(better, value, best);
    token = where(better, at, token);
  }
  const chosen = min(where(best == max(best), token, words - 1));
  store(y + result, field(3) < 0 ? -1 : max(strays) > 0 ? -2 : chosen);
})`;

/**
 * i32 [results]: the tokens that are drawn, -1 where none is, -2 where a NaN is among the scores. Scores are f32 [n, words], one row for each row of the step, or
 * [results, words]. `rows` is the step's table, as in rows.ts.
 */
export function sampleRows(
  kernels: KernelCache,
  scores: Expr,
  {
    rows,
    results,
    picks,
    draws,
  }: {
    readonly rows: Expr;
    readonly results: number;
    /** Result r is of the row that it names, not of row r of the scores. */
    readonly picks: boolean;
    /** Some may have a temperature. A kernel that only takes the greatest is a fraction of the text, and is compiled as much sooner. */
    readonly draws: boolean;
  },
): Expr {
  const [, words = 1] = scores.shape;
  const [, n = 1] = rows.shape;
  return launchOne(kernels, {
    name: "sample_tokens",
    text: sampleText,
    constants: { PICKS: picks, DRAWS: draws, BLOCK: Math.min(1024, powerOfTwo(words)) },
    grid: [results, 1, 1],
    given: { scores, rows, y: { makes: { dtype: "i32", shape: [results] } }, n, words },
  });
}
