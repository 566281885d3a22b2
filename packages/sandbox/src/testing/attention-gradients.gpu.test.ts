// Gradients of attention, also of what a score captures: recomputed block by block, so that no table of queries times keys is stored.
import type { Tensor } from "@tilebook/tensor";
import { describe, expect, test } from "vitest";
import { type GpuCell, openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 300_000;

/** So many queries and keys that their table is much larger than what it is made of. */
const [n, d] = [75, 4];

type Params = Record<string, Tensor>;

interface Case {
  /** Shapes of what is differentiated. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly attended: (cell: GpuCell, params: Params) => Tensor;
  /** Launches that walk. */
  readonly flashes: number;
}

const part = (params: Params, name: string): Tensor => {
  const found = params[name];
  if (found === undefined) throw new Error(`no parameter ${name}`);
  return found;
};

const sides = (params: Params): [Tensor, Tensor, Tensor] => [
  part(params, "q"),
  part(params, "k"),
  part(params, "v"),
];

const plain = (_: GpuCell, params: Params): Tensor => {
  const [q, k, v] = sides(params);
  return q.matmul(k.transpose(-2, -1)).mul(0.5).softmax().matmul(v);
};

const normed = (x: Tensor): Tensor => {
  const centred = x.sub(x.mean(-1, { keep: true }));
  return centred.mul(centred.square().mean(-1, { keep: true }).add(1e-3).rsqrt());
};

const own = { q: [2, n, d], k: [2, n, d], v: [2, n, d] };

const cases: readonly (readonly [string, Case])[] = [
  ["heads of their own", { shapes: own, attended: plain, flashes: 3 }],
  [
    "groups of heads that share keys by a broadcast",
    { shapes: { q: [2, 2, n, d], k: [2, 1, n, d], v: [2, 1, n, d] }, attended: plain, flashes: 3 },
  ],
  [
    "heads that all share keys",
    { shapes: { q: [3, n, d], k: [n, d], v: [n, d] }, attended: plain, flashes: 3 },
  ],
  [
    "two batches of heads that all share keys of a map",
    {
      shapes: { q: [2, 2, n, d], k: [n, d], v: [n, d] },
      attended: (cell, params) => {
        const [q, k, v] = sides(params);
        return plain(cell, { q: q.tanh(), k: k.exp(), v: v.mul(2) });
      },
      flashes: 3,
    },
  ],
  [
    "a learned slope a head, under a causal mask",
    {
      shapes: { ...own, slope: [2, 1, 1] },
      attended: ({ attention }, params) =>
        attention(...sides(params), {
          causal: true,
          score: (scores, { query, key }) => scores.add(key.sub(query).mul(part(params, "slope"))),
        }),
      flashes: 5,
    },
  ],
  [
    "a slope alone",
    {
      shapes: { slope: [2, 1, 1] },
      attended: ({ attention, random }, params) => {
        const draw = (seed: number): Tensor => random.normal([2, n, d], { seed });
        return attention(draw(1), draw(2), draw(3), {
          score: (scores, { query, key }) =>
            scores.sub(query.sub(key).abs().mul(0.05).mul(part(params, "slope"))),
        });
      },
      flashes: 2,
    },
  ],
  [
    "sinks alone",
    {
      shapes: { sinks: [2] },
      attended: ({ attention, random }, params) => {
        const draw = (seed: number): Tensor => random.normal([2, n, d], { seed });
        return attention(draw(1), draw(2), draw(3), { causal: true, sinks: part(params, "sinks") });
      },
      flashes: 2,
    },
  ],
  [
    "a soft cap",
    {
      shapes: { ...own, cap: [] },
      attended: ({ attention }, params) => {
        const cap = part(params, "cap");
        return attention(...sides(params), { score: (scores) => scores.div(cap).tanh().mul(cap) });
      },
      flashes: 6,
    },
  ],
  [
    "a bias a key",
    {
      shapes: { ...own, bias: [2, 1, n] },
      attended: ({ attention }, params) =>
        attention(...sides(params), { causal: true, score: (scores) => scores.add(part(params, "bias")) }),
      flashes: 5,
    },
  ],
  [
    "a layer, with maps before and behind it",
    {
      shapes: { x: [2, n, 2 * d], into: [2 * d, 6 * d], out: [2 * d, 2 * d] },
      attended: ({ tensor, where }, params) => {
        const x = normed(part(params, "x"));
        const parts = x.matmul(part(params, "into")).reshape(2, n, 3, 2, d).permute(2, 0, 3, 1, 4);
        const [q, k, v] = [0, 1, 2].map((at) => parts.row(at)) as [Tensor, Tensor, Tensor];
        const seen = tensor.iota(n).le(tensor.iota(n).reshape(n, 1));
        const mixed = where(seen, q.matmul(k.transpose(-2, -1)).mul(0.5), -Infinity)
          .softmax()
          .matmul(v);
        const joined = mixed.permute(0, 2, 1, 3).reshape(2, n, 2 * d);
        const y = part(params, "x").add(joined.matmul(part(params, "out")));
        return normed(y).tanh().add(y.exp().mul(0.01));
      },
      flashes: 4,
    },
  ],
  [
    "sinks",
    {
      shapes: { ...own, sinks: [2] },
      attended: ({ attention }, params) =>
        attention(...sides(params), { causal: true, sinks: part(params, "sinks") }),
      flashes: 3,
    },
  ],
];

describe("gradients of attention", () => {
  test.each(cases)(
    "[AG3] of %s: no table of weights, right to 1e-10",
    async (_, { shapes, attended, flashes }) => {
      const cell = openOnGpu();
      const { compare, host, random, realize, valueAndGrad } = cell;
      const params = Object.fromEntries(
        Object.entries(shapes).map(([name, shape], seed) => [name, random.normal(shape, { seed })]),
      );
      const given = random.normal(attended(cell, params).shape, { seed: 9 });
      await realize(given, ...Object.values(params));
      const before = host.graphs.length;
      const { value, grad } = valueAndGrad((of: Params) => attended(cell, of).mul(given).sum())(params);
      const results = [...Object.values(grad), value];
      await realize(...results);
      expect(host.graphs.length).toBe(before + 1);
      expect(host.largest.at(-1)).toBeLessThan(n * n);
      expect(host.kernels.at(-1)?.filter((name) => name === "flash")).toHaveLength(flashes);
      for (const result of results) expect((await compare(result)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );

  test.each([
    ["one that all batches share", [2, 2], /sum, which goes along neither its rows nor its columns, reads/],
    ["one that is a table itself", [2], /what lies between them is wanted as a result, too/],
  ] as const)(
    "[AG4] of a bias, %s, keep their table, and say why",
    async (_, lead, why) => {
      const cell = openOnGpu();
      const { attention, compare, grad, host, random, realize } = cell;
      const [q, k, v, bias] = [
        [...lead, n, d],
        [...lead, n, d],
        [...lead, n, d],
        [2, n, n],
      ].map((shape, seed) => random.normal(shape, { seed })) as [Tensor, Tensor, Tensor, Tensor];
      await realize(q, k, v, bias);
      const found = grad((of: readonly [Tensor, Tensor, Tensor, Tensor]) =>
        attention(of[0], of[1], of[2], { score: (scores) => scores.add(of[3]) })
          .square()
          .sum(),
      )([q, k, v, bias]);
      await realize(...found);
      const said = host.remarks.at(-1)?.filter((one) => one.startsWith("fusion/stream"));
      expect(said?.join()).toMatch(why);
      for (const one of found) expect((await compare(one)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );
});
