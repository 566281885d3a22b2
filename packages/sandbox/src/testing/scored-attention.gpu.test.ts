// Attention with functions of the scores is one kernel, whatever they do; on its way back no table of queries times keys is stored.
import type { Tensor } from "@tilebook/tensor";
import { describe, expect, test } from "vitest";
import { type GpuCell, openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 300_000;

type Options = NonNullable<Parameters<GpuCell["attention"]>[3]>;
type Four = [Tensor, Tensor, Tensor, Tensor];

const [batch, heads, keyHeads, n, m, d] = [2, 4, 2, 40, 56, 16];

const cases: readonly (readonly [string, (cell: GpuCell) => Options])[] = [
  [
    "causal, ALiBi, a soft cap and fewer heads of keys",
    ({ tensor }) => {
      const slopes = tensor([0.5, 0.25, 0.125, 0.0625], { shape: [heads, 1, 1] });
      const score = (scores: Tensor, { query, key }: { query: Tensor; key: Tensor }): Tensor =>
        scores.div(5).tanh().mul(5).add(key.sub(query).mul(slopes));
      return { causal: true, score };
    },
  ],
  ["a sliding window", () => ({ mask: ({ query, key }) => query.sub(key).abs().le(9) })],
  [
    "documents",
    ({ tensor }) => {
      const of = (count: number): Tensor => tensor.arange(count).div(13).floor();
      return { mask: of(n).reshape(n, 1).eq(of(m)) };
    },
  ],
  [
    "sinks, and rows that see nothing else",
    ({ random }) => ({
      mask: ({ query, key }) => key.lt(query.sub(3)),
      sinks: random.normal([heads], { seed: 9 }),
    }),
  ],
  ["rows that see nothing", () => ({ mask: ({ query, key }) => key.lt(query.sub(3)) })],
  [
    "a table of relative places",
    ({ random }) => {
      const table = random.normal([n + m], { seed: 8 });
      return { score: (scores, { query, key }) => scores.add(table.take(query.sub(key).add(m - 1))) };
    },
  ],
];

describe("attention with functions of the scores, on the GPU", () => {
  test.each(cases)(
    "[AG1] %s: one kernel, right to 1e-10",
    async (_, optionsOf) => {
      const cell = openOnGpu();
      const { attention, compare, random, realize } = cell;
      const q = random.normal([batch, heads, n, d], { seed: 1 });
      const [k, v] = [2, 3].map((seed) => random.normal([batch, keyHeads, m, d], { seed })) as [
        Tensor,
        Tensor,
      ];
      const options = optionsOf(cell);
      await realize(q, k, v);
      const before = cell.host.dispatches.length;
      const found = attention(q, k, v, options);
      expect((await compare(found)).nmse).toBeLessThan(1e-10);
      expect(cell.host.dispatches.slice(before)).toEqual([1]);
      expect(cell.host.largest.at(-1)).toBeLessThan(batch * heads * n * m);
    },
    slowMs,
  );

  test(
    "[AG2] gradients of a long one: right to 1e-10, and no table of weights",
    async () => {
      const cell = openOnGpu();
      const { attention, compare, grad, random, realize } = cell;
      const long = 272;
      const [q, k, v, given] = [1, 2, 3, 4].map((seed) => random.normal([1, long, d], { seed })) as Four;
      await realize(q, k, v, given);
      const loss = ([a, b, c]: readonly [Tensor, Tensor, Tensor]): Tensor =>
        attention(a, b, c, {
          score: (scores, { query, key }) => scores.div(5).tanh().mul(5).sub(query.sub(key).abs().mul(0.01)),
          mask: ({ query, key }) => key.le(query),
        })
          .mul(given)
          .sum();
      const found = grad(loss)([q, k, v]);
      await realize(...found);
      expect(Math.max(...cell.host.largest)).toBeLessThan(long * long);
      for (const one of found) expect((await compare(one)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );
});
