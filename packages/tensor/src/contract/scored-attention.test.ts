// Expected values are the definition of ONNX Attention (opset 24, as corrected by its pull request 7867: scale, soft cap, bias, mask, softmax),
// worked out here number by number, with FlexAttention's view of the places.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";

type Options = NonNullable<Parameters<TestCell["attention"]>[3]>;

interface Place {
  readonly b: number;
  readonly h: number;
  readonly i: number;
  readonly j: number;
}

interface Meaning {
  readonly score?: (score: number, place: Place) => number;
  readonly sees?: (place: Place) => boolean;
  readonly sink?: (head: number) => number;
}

/** Two batches of queries at the end of longer keys; heads of keys serve two each. */
const [batch, heads, keyHeads, n, m, d, e] = [2, 4, 2, 5, 7, 3, 2];
const scale = 1 / Math.sqrt(d);
const slopes = [0.5, 0.25, 0.125, 0.0625];
const documents = [0, 0, 1, 1, 1, 2, 2];

const cell = open();
const { attention, gradcheck, random, tensor, where } = cell;
const q = random.normal([batch, heads, n, d], { seed: 1 });
const k = random.normal([batch, keyHeads, m, d], { seed: 2 });
const v = random.normal([batch, keyHeads, m, e], { seed: 3 });

async function numbers(of: Tensor): Promise<readonly number[]> {
  return Array.from(await of.data());
}

/** By the definition. A row that sees nothing is zeros. */
async function defined({ score = (s) => s, sees = () => true, sink }: Meaning): Promise<readonly number[]> {
  const [qs, ks, vs] = await Promise.all([q, k, v].map(numbers));
  const result: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < n; i++) {
        const own = b * keyHeads + Math.floor(h / (heads / keyHeads));
        const raised = Array.from({ length: m }, (_, j) => {
          let sum = 0;
          for (let c = 0; c < d; c++)
            sum += (qs?.[((b * heads + h) * n + i) * d + c] ?? 0) * (ks?.[(own * m + j) * d + c] ?? 0);
          const place = { b, h, i, j };
          return sees(place) ? Math.exp(score(sum * scale, place)) : 0;
        });
        const total = raised.reduce((all, one) => all + one, sink === undefined ? 0 : Math.exp(sink(h)));
        for (let c = 0; c < e; c++) {
          const sum = raised.reduce((all, one, j) => all + one * (vs?.[(own * m + j) * e + c] ?? 0), 0);
          result.push(total === 0 ? 0 : sum / total);
        }
      }
  return result;
}

const perHead = (values: readonly number[]): Tensor => tensor([...values], { shape: [heads, 1, 1] });
const cap = (scores: Tensor, most: number): Tensor => scores.div(most).tanh().mul(most);

const cases: readonly (readonly [string, Options, Meaning])[] = [
  ["nothing but a function that changes nothing", { score: (scores) => scores }, {}],
  [
    "a soft cap, then a bias, as ONNX has them",
    { score: (scores, { query, key }) => cap(scores, 1.5).add(query.sub(key).mul(0.3)) },
    { score: (s, { i, j }) => 1.5 * Math.tanh(s / 1.5) + 0.3 * (i - j) },
  ],
  [
    "ONNX is_causal: aligned at the first key",
    { mask: ({ query, key }) => key.le(query) },
    { sees: ({ i, j }) => j <= i },
  ],
  [
    "causal, aligned at the last key",
    { causal: true, score: (scores) => scores },
    { sees: ({ i, j }) => j <= i + m - n },
  ],
  [
    "causal, ALiBi and a soft cap",
    {
      causal: true,
      score: (scores, { query, key }) => cap(scores, 2).add(key.sub(query).mul(perHead(slopes))),
    },
    {
      score: (s, { h, i, j }) => 2 * Math.tanh(s / 2) + (slopes[h] ?? 0) * (j - i),
      sees: ({ i, j }) => j <= i + m - n,
    },
  ],
  [
    "a sliding window",
    {
      mask: ({ query, key }) =>
        query
          .add(m - n)
          .sub(key)
          .abs()
          .le(1),
    },
    { sees: ({ i, j }) => Math.abs(i + m - n - j) <= 1 },
  ],
  [
    "a prefix that all see",
    { mask: ({ query, key }) => key.le(query).or(key.lt(3)) },
    { sees: ({ i, j }) => j <= i || j < 3 },
  ],
  [
    "documents, as a tensor",
    { mask: tensor(documents.slice(0, n), { shape: [n, 1] }).eq(tensor(documents, { shape: [1, m] })) },
    { sees: ({ i, j }) => documents[i] === documents[j] },
  ],
  [
    "a bias for each head and batch",
    { score: (scores, { head, batch: which }) => scores.mul(head.add(1)).add(which.mul(0.1)) },
    { score: (s, { b, h }) => s * (h + 1) + 0.1 * b },
  ],
  [
    "queries that see no key come out as zeros",
    { mask: ({ query, key }) => key.lt(query.sub(1)) },
    { sees: ({ i, j }) => j < i - 1 },
  ],
  [
    "a bias of -Infinity, as ONNX's float masks",
    { score: (scores, { query, key }) => scores.add(where(key.gt(query.sub(1)), -Infinity, 0)) },
    { sees: ({ i, j }) => j <= i - 1 },
  ],
  [
    "a sink a head",
    { causal: true, sinks: tensor([0.5, -1, 2, 0]) },
    { sees: ({ i, j }) => j <= i + m - n, sink: (h) => [0.5, -1, 2, 0][h] ?? 0 },
  ],
  [
    "one sink for all, where some see nothing else",
    { mask: ({ query, key }) => key.lt(query), sinks: tensor(0) },
    { sees: ({ i, j }) => j < i, sink: () => 0 },
  ],
];

describe("attention with functions of the scores", () => {
  test.each(cases)("[SA1] %s", async (_, options, meaning) => {
    const found = await numbers(attention(q, k, v, options));
    const wanted = await defined(meaning);
    expect(found).toHaveLength(wanted.length);
    found.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 5));
  });

  test("[SA2] tokens before heads, rank 3 and rank 2 are the same numbers", async () => {
    const options: Options = {
      causal: true,
      score: (scores, { head, query, key }) => scores.add(key.sub(query).mul(head.add(1)).mul(0.1)),
    };
    const whole = attention(q, k, v, options);
    const turned = [q, k, v].map((side) => side.permute(0, 2, 1, 3)) as [Tensor, Tensor, Tensor];
    const first = attention(...turned, { ...options, tokensFirst: true });
    expect(await numbers(first.permute(0, 2, 1, 3))).toEqual(await numbers(whole));
    const one = attention(q.row(1), k.row(1), v.row(1), options);
    expect(await numbers(one)).toEqual(await numbers(whole.row(1)));
    const alone = attention(q.row(0).row(0), k.row(0).row(0), v.row(0).row(0), options);
    expect(await numbers(alone)).toEqual(await numbers(whole.row(0).row(0)));
  });

  test.each<readonly [string, (slope: Tensor) => Options]>([
    [
      "a slope a head",
      (slope) => ({
        causal: true,
        score: (s, { query, key }) => cap(s, 2).add(key.sub(query).mul(slope.reshape(heads, 1, 1))),
      }),
    ],
    ["sinks", (sinks) => ({ mask: ({ query, key }) => key.le(query), sinks })],
    [
      "rows that see nothing",
      (slope) => ({
        mask: ({ query, key }) => key.lt(query),
        score: (s) => s.mul(slope.reshape(heads, 1, 1)),
      }),
    ],
  ])("[SA3] gradients of %s are central differences", async (_, optionsOf) => {
    const given = tensor([0.3, -0.2, 0.7, 0.1]);
    const { passed, measured } = await gradcheck(
      (...[a, b, c, s]: Tensor[]) => attention(a as Tensor, b as Tensor, c as Tensor, optionsOf(s as Tensor)),
      [q, k, v, given],
    );
    expect([passed, measured]).toEqual([true, measured]);
  });

  test.each<readonly [string, object]>([
    ["attention/score", { score: 3 }],
    ["attention/score", { score: (s: Tensor) => s.sum().reshape(1, 1, 1, 1, 1) }],
    ["tensor/operand", { score: () => 7 }],
    ["attention/mask", { mask: () => tensor.ones([n, m]) }],
    ["attention/mask", { mask: tensor.ones([n + 1, m]).gt(0) }],
    ["attention/sinks", { sinks: tensor.ones([3]) }],
    ["tensor/option", { scoreMod: (s: Tensor) => s }],
  ])("[SA4] %s: %o", (code, options) => {
    expect(() => attention(q, k, v, options as Options)).toThrow(expect.objectContaining({ code }));
  });
});
