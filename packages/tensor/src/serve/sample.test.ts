import { realClock } from "@tilebook/base";
import { philox } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { makeGlobals } from "../globals.ts";
import { Tensor } from "../tensor.ts";
import { TestHost } from "../testing/host.ts";
import { Workspace } from "../workspace.ts";
import { type Choosing, rowTable } from "./rows.ts";
import { sampleRows } from "./sample.ts";

const workspace = new Workspace(new TestHost(), realClock);
const { tensor, random } = makeGlobals(workspace);

/** Tokens drawn of rows of scores, each in a sequence of its own and at place 7. */
async function drawn(
  scores: Tensor,
  choosing: readonly Choosing[],
  draws = true,
): Promise<readonly number[]> {
  const n = choosing.length;
  const rows = choosing.map((_, at) => ({ token: 0, sequence: at, place: 7 }));
  const results = choosing.map((one, at) => ({ row: at, choosing: one }));
  const told = tensor(rowTable(n, rows, results), { shape: [9, n] });
  return [
    ...(await Tensor.make(workspace, () =>
      sampleRows(workspace.kernels, Tensor.expr(scores), {
        rows: Tensor.expr(told),
        results: n,
        picks: true,
        draws,
      }),
    ).data()),
  ];
}

/** By sorting, in f64: what each way leaves, and the greatest of it with its noise. */
function plain(
  scores: readonly number[],
  { temperature = 0, topK = 0, topP = 1, minP = 0, seed = 0 }: Choosing,
): number {
  const heat = temperature === 0 ? 1 : temperature;
  const all = scores.map((score, token) => ({ token, score: score / heat }));
  let left = all.toSorted((a, b) => b.score - a.score);
  const weight = ({ score }: { readonly score: number }): number => Math.exp(score - (left[0]?.score ?? 0));
  if (topK > 0) left = left.slice(0, topK);
  const whole = left.reduce((sum, one) => sum + weight(one), 0);
  let sum = 0;
  left = left.filter((one) => {
    const isIn = sum < topP * whole;
    sum += weight(one);
    return isIn;
  });
  left = left.filter((one) => weight(one) >= minP);
  if (temperature === 0) return left[0]?.token ?? -1;
  const noisy = left.map(({ token, score }) => {
    const [word] = philox([seed, 7], [token, 0, 0, 0]);
    return { token, value: score - Math.log(-Math.log(((word >>> 9) + 0.5) * 2 ** -23)) };
  });
  return noisy.toSorted((a, b) => b.value - a.value)[0]?.token ?? -1;
}

const ways: readonly Choosing[] = [
  {},
  { temperature: 1 },
  { temperature: 0.3 },
  { temperature: 2, topK: 5 },
  { temperature: 3, topK: 1 },
  { temperature: 1.5, topP: 0.7 },
  { temperature: 1.5, topP: 0.01 },
  { temperature: 2, minP: 0.2 },
  { temperature: 2, topK: 40, topP: 0.9, minP: 0.05 },
];

describe("drawing a token, against the definition", () => {
  test.each([
    [7, 12],
    [64, 12],
    [1500, 2],
  ])("[SD1] of %i words, by every way and %i seeds each", async (words, seeds) => {
    const wishes = ways.flatMap((way) =>
      Array.from({ length: seeds }, (_, seed) => ({ ...way, seed: seed * 77 })),
    );
    const scores = random.normal([wishes.length, words], { seed: words, deviation: 2 });
    const table = (await scores.array()) as readonly (readonly number[])[];
    const found = await drawn(scores, wishes);
    expect(found).toEqual(wishes.map((way, at) => plain(table[at] ?? [], way)));
  });

  test("[SD2] as often as their probabilities say", async () => {
    const odds = [0.5, 0.25, 0.15, 0.1];
    const scores = tensor(odds.map((one) => Math.log(one)))
      .reshape(1, 4)
      .broadcastTo(4000, 4);
    const found = await drawn(
      scores,
      Array.from({ length: 4000 }, (_, seed) => ({ temperature: 1, seed })),
    );
    const chi = odds.reduce((sum, one, token) => {
      const seen = found.filter((other) => other === token).length;
      return sum + (seen - 4000 * one) ** 2 / (4000 * one);
    }, 0);
    // 16.3 is exceeded once in a thousand by three degrees of freedom.
    expect(chi).toBeLessThan(16.3);
  });

  test("[SD3] of equal greatest ones the first, and infinities below are never drawn", async () => {
    const scores = tensor([
      [1, 5, 5, 2],
      [-Infinity, 0, -Infinity, -Infinity],
      [-Infinity, 0, -Infinity, 0],
    ]);
    const found = await drawn(scores, [
      {},
      { temperature: 5, topP: 0.9 },
      { temperature: 9, topK: 4, seed: 3 },
    ]);
    expect(await drawn(scores, [{}, {}, {}], false)).toEqual([1, 1, 1]);
    expect(found.slice(0, 2)).toEqual([1, 1]);
    expect([1, 3]).toContain(found[2]);
  });

  test("[SD4] an infinity above all is taken, the least minP takes the greatest, and a NaN is said", async () => {
    const scores = tensor([
      [1, Infinity, 0, 2],
      [1, Infinity, 0, 2],
      [1, 7, 3, 2],
      [1, NaN, 3, 2],
      [NaN, 0, 0, 0],
      [-Infinity, -Infinity, 0, 4],
    ]);
    const some = [
      {},
      { temperature: 1 },
      { temperature: 9, minP: 1, seed: 5 },
      {},
      { temperature: 2, topK: 2 },
      {},
    ];
    expect(await drawn(scores, some)).toEqual([1, 1, 1, -2, -2, 3]);
  });
});
