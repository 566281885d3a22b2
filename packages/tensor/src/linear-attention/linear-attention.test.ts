import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import type { Tensor } from "../tensor.ts";
import { sizeOf } from "../shape.ts";

const [heads, n, d, e] = [2, 11, 4, 3];
const elu = (x: number): number => (x > 0 ? x + 1 : Math.exp(x));

interface How {
  readonly decay?: readonly number[];
  readonly normalize?: "sum" | "rms" | "none";
  readonly causal?: boolean;
  readonly feature?: (x: number) => number;
}

/** 1 + elu. */
function phi(x: Tensor): Tensor {
  return x.gt(0).where(x.add(1), x.minimum(0).exp());
}

/** Numbers that are exact in f32; none is 0, where a minimum shares its gradient. */
function drawn(count: number, seed: number): readonly number[] {
  const next = seeded(seed);
  return Array.from({ length: count }, () => (2 * Math.floor(next() * 128) + 1) / 128 - 1);
}

/** As it is defined: for each query, the scores of the keys that it sees. */
function byHand(
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  how: How,
): readonly number[] {
  const { decay = [1, 1], normalize = "sum", causal = true, feature = elu } = how;
  const result: number[] = [];
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < n; i++) {
      const row = Array<number>(e).fill(0);
      let total = 0;
      for (let j = 0; j < (causal ? i + 1 : n); j++) {
        let score = (decay[head] ?? 1) ** (causal ? i - j : 0);
        let dot = 0;
        for (let at = 0; at < d; at++)
          dot += feature(q[(head * n + i) * d + at] ?? 0) * feature(k[(head * n + j) * d + at] ?? 0);
        score *= dot;
        total += score;
        for (let at = 0; at < e; at++) row[at] = (row[at] ?? 0) + score * (v[(head * n + j) * e + at] ?? 0);
      }
      const size = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / e + 1e-6);
      const by = normalize === "sum" ? total + 1e-6 : normalize === "rms" ? size : 1;
      result.push(...row.map((x) => x / by));
    }
  return result;
}

function given(cell: ReturnType<typeof open>): {
  readonly numbers: readonly [readonly number[], readonly number[], readonly number[]];
  readonly tensors: readonly [Tensor, Tensor, Tensor];
} {
  const shapes = [
    [heads, n, d],
    [heads, n, d],
    [heads, n, e],
  ];
  const numbers = shapes.map((shape, at) => drawn(sizeOf(shape), at + 1));
  const tensors = shapes.map((shape, at) => cell.tensor(Float32Array.from(numbers[at] ?? []), { shape }));
  return { numbers, tensors } as unknown as ReturnType<typeof given>;
}

async function expectNear(
  found: Tensor,
  wanted: readonly number[],
  cell: ReturnType<typeof open>,
): Promise<void> {
  expect(cell.nmse(Array.from(await found.data()), wanted)).toBeLessThan(1e-12);
}

describe("linear attention", () => {
  test.each([1, 3, 4, 64])("[LA1] causal, in chunks of %i, equals its definition", async (chunk) => {
    const cell = open();
    const { numbers, tensors } = given(cell);
    const decay = [0.9, 0.5];
    await expectNear(cell.linearAttention(...tensors, { causal: true, chunk }), byHand(...numbers, {}), cell);
    await expectNear(
      cell.linearAttention(...tensors, { causal: true, chunk, decay, normalize: "rms" }),
      byHand(...numbers, { decay, normalize: "rms" }),
      cell,
    );
    await expectNear(
      cell.linearAttention(...tensors, {
        causal: true,
        chunk,
        decay: 0.75,
        normalize: "none",
        feature: "none",
      }),
      byHand(...numbers, { decay: [0.75, 0.75], normalize: "none", feature: (x) => x }),
      cell,
    );
  });

  test("[LA2] where all see all, and by a feature map of one's own", async () => {
    const cell = open();
    const { numbers, tensors } = given(cell);
    await expectNear(cell.linearAttention(...tensors), byHand(...numbers, { causal: false }), cell);
    await expectNear(
      cell.linearAttention(...tensors, { feature: (x) => x.square().add(0.5) }),
      byHand(...numbers, { causal: false, feature: (x) => x * x + 0.5 }),
      cell,
    );
    const wide = cell.linearAttention(...tensors, {
      feature: (x) => cell.tensor.concat([x, x.neg()], -1).relu(),
    });
    expect(wide.shape).toEqual([heads, n, e]);
  });

  test.each([1, 4, 11])(
    "[LA3] in pieces of %i tokens, each from the state before it, it is the same",
    async (piece) => {
      const cell = open();
      const { tensors } = given(cell);
      for (const options of [{}, { decay: [0.9, 0.5] }, { normalize: "none", decay: 0.8 }] as const) {
        const whole = cell.linearAttention.carry(...tensors, { ...options, chunk: 4 });
        const outputs: Tensor[] = [];
        let state: Tensor | undefined;
        for (let start = 0; start < n; start += piece) {
          const [q, k, v] = tensors.map((side) => side.slice(1, start, Math.min(n, start + piece))) as [
            Tensor,
            Tensor,
            Tensor,
          ];
          const made = cell.linearAttention.carry(q, k, v, { ...options, ...(state && { state }), chunk: 4 });
          outputs.push(made.output);
          state = made.state;
        }
        const joined = cell.tensor.concat(outputs, 1);
        await expectNear(joined, Array.from(await whole.output.data()), cell);
        await expectNear(state ?? joined, Array.from(await whole.state.data()), cell);
      }
    },
  );

  test("[LA4] gradients, also of decays and of the state, are those of the definition", async () => {
    const cell = open();
    const { tensors } = given(cell);
    const [q, k, v] = tensors;
    const decay = cell.tensor([0.9, 0.5]);
    const state = cell.tensor(Float32Array.from(drawn(heads * d * e, 9)), { shape: [heads, d, e] });
    type Sides = { a: Tensor; b: Tensor; c: Tensor; fade: Tensor; old: Tensor };
    const byScores = ({ a, b, c, fade, old }: Sides): Tensor => {
      const [row, column] = [
        cell.tensor.arange(n).cast("f32").reshape(n, 1),
        cell.tensor.arange(n).cast("f32"),
      ];
      const log = fade.log().reshape(heads, 1, 1);
      const seen = column.le(row);
      const faded = seen.where(row.sub(column), 0).mul(log).exp();
      const scores = seen.where(phi(a).matmul(phi(b).T).mul(faded), 0);
      return scores.matmul(c).add(
        phi(a)
          .mul(log.mul(row.add(1)).exp())
          .matmul(old),
      );
    };
    const ours = ({ a, b, c, fade, old }: Sides): Tensor =>
      cell.linearAttention(a, b, c, { causal: true, chunk: 4, normalize: "none", decay: fade, state: old });
    const weighed = (x: Tensor): Tensor => x.mul(cell.tensor.iota(x.shape, "f32").mul(0.7).cos()).sum();
    const sides = { a: q, b: k, c: v, fade: decay, old: state };
    const wanted = cell.grad((at: Sides) => weighed(byScores(at)))(sides);
    const found = cell.grad((at: Sides) => weighed(ours(at)))(sides);
    for (const name of ["a", "b", "c", "fade", "old"] as const)
      await expectNear(found[name], Array.from(await wanted[name].data()), cell);
  });

  test("[LA5] what does not fit is a fault", () => {
    const cell = open();
    const { tensors } = given(cell);
    const [q, k, v] = tensors;
    expect(codeOf(() => cell.linearAttention(q, k, v, { decay: 0.5 }))).toBe("attention/decay");
    expect(codeOf(() => cell.linearAttention(q, k, v, { causal: true, decay: 1.5 }))).toBe("attention/decay");
    expect(codeOf(() => cell.linearAttention(q, k, v, { causal: true, decay: [0.5, 0.5, 0.5] }))).toBe(
      "attention/decay",
    );
    expect(codeOf(() => cell.linearAttention(q, k, v, { state: cell.tensor([1]) }))).toBe("attention/state");
    expect(codeOf(() => cell.linearAttention(q, k, v, { chunk: 0 }))).toBe("attention/chunk");
    expect(codeOf(() => cell.linearAttention(q, k, v, { feature: "exp" as never }))).toBe(
      "attention/feature",
    );
    expect(codeOf(() => cell.linearAttention(q, k, v, { feature: (x) => x.sum() }))).toBe(
      "attention/feature",
    );
    expect(codeOf(() => cell.linearAttention(q, k, v, { normalize: "softmax" as never }))).toBe(
      "attention/normalize",
    );
    expect(codeOf(() => cell.linearAttention(q, v, v))).toBe("shape/attention");
    expect(codeOf(() => cell.linearAttention(q, k, v, { causal: true, heads: 2 } as never))).toBe(
      "tensor/option",
    );
    expect(codeOf(() => cell.linearAttention(1 as never, k, v))).toBe("tensor/operand");
  });

  const sides = ["q", "k", "v"] as const;
  const strays = sides.flatMap((side) => [Infinity, NaN].map((stray) => [side, stray] as const));
  test.each(strays)(
    "[LA6] %s of a token with %d is seen by no token before it, nor by their gradients",
    async (side, stray) => {
      const cell = open();
      const { grad, tensor } = cell;
      const { numbers, tensors } = given(cell);
      const [at, token] = [sides.indexOf(side), 5];
      const width = at < 2 ? d : e;
      const spoilt = Float32Array.from(numbers[at] ?? []);
      spoilt[token * width + 1] = stray;
      const broken = tensors.with(at, tensor(spoilt, { shape: [heads, n, width] })) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const early = async (x: Tensor): Promise<string> => (await x.slice(1, 0, token).data()).join();
      for (const chunk of [3, 64]) {
        const options = { causal: true, decay: [0.9, 1], chunk, normalize: "none" } as const;
        const made = ([a, b, c]: readonly Tensor[]): Tensor =>
          cell.linearAttention(a as Tensor, b as Tensor, c as Tensor, options);
        const loss = (three: readonly Tensor[]): Tensor => made(three).slice(1, 0, token).square().sum();
        expect(await early(made(broken))).toBe(await early(made(tensors)));
        const isSound = await made(broken).slice(2, 1, 2).isFinite().data();
        const [own, last] = [token, n - 1].map((place) => isSound[place]);
        expect([own, last]).toEqual([0, side === "q" ? 1 : 0]);
        const [found, wanted] = [grad(loss)(broken), grad(loss)([...tensors])];
        // What a query gives to keys and values before it is its own number times zero.
        for (const [which, slope] of found.slice(0, side === "q" ? 1 : 3).entries())
          expect(await early(slope)).toBe(await early(wanted[which] as Tensor));
      }
    },
  );

  test("[LA7] decays in a tensor: of numbers, one or one for each head; above 1 what was grows, and without a logarithm all is NaN", async () => {
    const cell = open();
    const { numbers, tensors } = given(cell);
    const by = (decay: Tensor): Tensor => cell.linearAttention(...tensors, { causal: true, decay, chunk: 4 });
    const decays = (all: readonly number[]): Tensor => cell.tensor(all, { dtype: "f32" });
    await expectNear(by(decays([1.25, 2])), byHand(...numbers, { decay: [1.25, 2] }), cell);
    await expectNear(by(decays([0.5])), byHand(...numbers, { decay: [0.5, 0.5] }), cell);
    for (const broken of [0, -0.5, NaN]) {
      const isSound = by(decays([0.5, broken])).isFinite();
      expect(await isSound.min([1, 2]).data()).toEqual(Int32Array.of(1, 0));
      expect(await isSound.slice(0, 1, 2).max().data()).toEqual(Int32Array.of(0));
    }
    for (const wrong of [
      decays([0.5, 0.5, 0.5]),
      decays([0.5, 0.5]).reshape(1, 2),
      cell.tensor([1, 1], { dtype: "i32" }),
      cell.tensor([true]),
    ])
      expect(codeOf(() => by(wrong))).toBe("attention/decay");
  });

  test.each(["q", "a cotangent"])(
    "[LA8] %s that is not finite reaches no key and value after it, and no query but its own",
    async (which) => {
      const cell = open();
      const { tensors } = given(cell);
      const token = 5;
      const at = cell.tensor.arange(n).reshape(1, n, 1);
      const spoilt = (x: Tensor): Tensor => at.eq(token).where(Infinity, x);
      for (const chunk of [3, 64]) {
        const slopes = (broken: boolean): readonly Tensor[] =>
          cell.grad(([q, k, v]: readonly [Tensor, Tensor, Tensor]) => {
            const own = broken && which === "q" ? spoilt(q) : q;
            const y = cell.linearAttention(own, k, v, { causal: true, chunk, normalize: "none" });
            return (broken && which !== "q" ? y.mul(spoilt(cell.tensor.full([1, n, 1], 1))) : y).sum();
          })(tensors);
        const [found, wanted] = [slopes(true), slopes(false)];
        for (const [side, slope] of found.entries()) {
          const kept = side === 0 ? at.ne(token) : at.gt(token);
          const seen = async (x: Tensor): Promise<string> => (await kept.where(x, 0).data()).join();
          expect(await seen(slope)).toBe(await seen(wanted[side] ?? slope));
        }
      }
    },
  );
});
