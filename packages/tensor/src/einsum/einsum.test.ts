// Held to NumPy's definition: a naive sum over all letters, in f64, written here and nowhere else.
import { array, assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import type { Tensor } from "../tensor.ts";
import { contractionOrder } from "./order.ts";
import { codeOf } from "../testing/code-of.ts";

const { tensor, einsum, random, reference } = open();

interface Plain {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Every letter from 0 to its size, all products, added up where the result's letters say. No "...". */
function naive(text: string, operands: readonly Plain[]): number[] {
  const [left = "", right = ""] = text.split("->");
  const terms = left.split(",");
  const sizes = new Map<string, number>();
  terms.forEach((term, n) =>
    term.split("").forEach((letter, axis) => sizes.set(letter, operands[n]?.shape[axis] ?? 1)),
  );
  const letters = [...sizes.keys()];
  const flat = (term: string, at: ReadonlyMap<string, number>): number =>
    term.split("").reduce((so, letter) => so * (sizes.get(letter) ?? 1) + (at.get(letter) ?? 0), 0);
  const out = Array.from(
    { length: right.split("").reduce((so, letter) => so * (sizes.get(letter) ?? 1), 1) },
    () => 0,
  );
  const walk = (depth: number, at: Map<string, number>): void => {
    const letter = letters[depth];
    if (letter !== undefined) {
      for (let n = 0; n < (sizes.get(letter) ?? 1); n++) walk(depth + 1, at.set(letter, n));
      return;
    }
    const product = terms.reduce((so, term, n) => so * (operands[n]?.values[flat(term, at)] ?? NaN), 1);
    out[flat(right, at)] = (out[flat(right, at)] ?? 0) + product;
  };
  walk(0, new Map());
  return out;
}

async function plain(of: Tensor): Promise<Plain> {
  return { shape: of.shape, values: Float64Array.from(await of.data()) };
}

async function expectNaive(text: string, shapes: readonly (readonly number[])[], as = text): Promise<Tensor> {
  const operands = shapes.map((shape, seed) => random.normal(shape, { seed: seed + 1 }));
  const seen = einsum(as, ...operands);
  const wanted = naive(text, await Promise.all(operands.map(plain)));
  const found = await reference(seen);
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 10));
  return seen;
}

describe("einsum", () => {
  test.each([
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "ij,kj->ki",
      [
        [2, 3],
        [4, 3],
      ],
    ],
    [
      "bij,bjk->bik",
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
    ],
    [
      "bhqd,bhkd->bhqk",
      [
        [2, 2, 3, 4],
        [2, 2, 5, 4],
      ],
    ],
    ["i,i->", [[5], [5]]],
    ["i,j->ij", [[3], [4]]],
    ["i,j->ji", [[3], [4]]],
    ["ij,j->i", [[3, 4], [4]]],
    ["i,ij->j", [[3], [3, 4]]],
    [
      "bi,bi->b",
      [
        [3, 4],
        [3, 4],
      ],
    ],
    ["ij->ji", [[3, 4]]],
    ["ii->", [[4, 4]]],
    ["ii->i", [[4, 4]]],
    ["iji->j", [[3, 2, 3]]],
    ["ijk->", [[2, 3, 4]]],
    ["ijk->j", [[2, 3, 4]]],
    [
      "ijk,jil->kl",
      [
        [2, 3, 4],
        [3, 2, 5],
      ],
    ],
    [
      "ab,cd->",
      [
        [2, 3],
        [4, 5],
      ],
    ],
    [
      "ii,ij->j",
      [
        [3, 3],
        [3, 4],
      ],
    ],
    [
      "ij,jk,kl->il",
      [
        [2, 3],
        [3, 4],
        [4, 2],
      ],
    ],
    ["a,b,c,abc->", [[2], [3], [4], [2, 3, 4]]],
    [
      "ij,ik,il->jkl",
      [
        [3, 2],
        [3, 4],
        [3, 2],
      ],
    ],
    [
      "ij,ij,ij->ij",
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    ],
  ] as const)("[EI1] %s is the naive sum", async (text, shapes) => {
    await expectNaive(text, shapes);
  });

  test("[EI2] without an arrow: letters that stand once, by the alphabet", async () => {
    await expectNaive("ba->ab", [[2, 3]], "ba");
    await expectNaive(
      "ij,jh->hi",
      [
        [2, 3],
        [3, 4],
      ],
      "ij,jh",
    );
    await expectNaive("ii->", [[3, 3]], "ii");
  });

  test("[EI3] dots stand for the axes in between, and broadcast", async () => {
    const [a, b] = [random.normal([2, 1, 3, 4], { seed: 1 }), random.normal([5, 4, 2], { seed: 2 })];
    const seen = einsum("...ij,...jk->...ik", a, b);
    expect(seen.shape).toEqual([2, 5, 3, 2]);
    const wanted = await a.matmul(b).data();
    (await seen.data()).forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 5));
    const dots = einsum("i...->...i", tensor.iota([2, 3, 4], "f32"));
    expect([dots.shape, await dots.at(2, 3).array()]).toEqual([
      [3, 4, 2],
      [11, 23],
    ]);
    expect(einsum("...i", tensor.ones([2, 3])).shape).toEqual([2, 3]);
    expect(einsum("...i,i->...", tensor.ones([4, 2, 3]), tensor.ones(3)).shape).toEqual([4, 2]);
    expect(await einsum("...->", tensor.ones([2, 3])).item()).toBe(6);
  });

  test("[EI4] integers stay exact, dtypes meet, nothing is stored that only passes through", async () => {
    const x = tensor([[16_777_217, 1]], { dtype: "i32" });
    const product = einsum("ij,kj->ik", x, tensor([[1, 2]], { dtype: "i32" }));
    expect([product.dtype, await product.array()]).toEqual(["i32", [[16_777_219]]]);
    expect(einsum("i,i->i", tensor([1]), tensor([2], { dtype: "i32" })).dtype).toBe("f32");
    expect(einsum("i->", tensor([true, true])).dtype).toBe("i32");
  });

  test("[EI5] faults name the letter and its sizes", () => {
    const [a, b] = [tensor.ones([2, 3]), tensor.ones([4, 5])];
    expect(() => einsum("ij,jk->ik", a, b)).toThrow("j is 3 and, in operand 2, 4");
    expect(codeOf(() => einsum("ij,jk->ik", a, b))).toBe("einsum/size");
    expect(codeOf(() => einsum("ii", a))).toBe("einsum/size");
    expect(codeOf(() => einsum("ij", a, b))).toBe("einsum/spec");
    expect(codeOf(() => einsum("ijk", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("i", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("ij->ik", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("ij->ii", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("i1", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("i->j->k", a))).toBe("einsum/spec");
    expect(codeOf(() => einsum("...i...", a))).toBe("einsum/spec");
  });

  test("[EI6] any operands of any letters are the naive sum", async () => {
    const letters = array(constantFrom("a", "b", "c", "d"), { maxLength: 3 });
    const terms = array(letters, { minLength: 1, maxLength: 4 });
    const runs: Promise<unknown>[] = [];
    assert(
      property(terms, integer({ min: 0, max: 15 }), (names, kept) => {
        const all = Array.from(new Set(names.flat())).toSorted();
        const result = all.filter((_, at) => ((kept >> at) & 1) === 1).toReversed();
        const text = `${names.map((term) => term.join("")).join(",")}->${result.join("")}`;
        const sizes = { a: 2, b: 3, c: 1, d: 2 };
        const shapes = names.map((term) => term.map((letter) => sizes[letter]));
        runs.push(expectNaive(text, shapes));
      }),
      { numRuns: 80, seed: 5 },
    );
    await Promise.all(runs);
  });
});

const set = (text: string): ReadonlySet<string> => new Set(text);

describe("the order of contraction", () => {
  const sizes = new Map([
    ["a", 10],
    ["b", 1000],
    ["c", 2],
    ["d", 500],
    ["e", 3],
  ]);

  test("[EO1] is the one of the fewest multiplications", () => {
    // (10 x 1000)(1000 x 2)(2 x 500): first the left two take 20,000 and then 10,000; the right two first would take 6,000,000.
    expect(contractionOrder(["ab", "bc", "cd"].map(set), set("ad"), sizes)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(contractionOrder(["ad", "dc", "cb"].map(set), set("ab"), sizes)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(contractionOrder(["dc", "cb", "ba"].map(set), set("da"), sizes)).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });

  test("[EO2] of more than eight is found pair by pair, and still gives the sum", async () => {
    const text = "ab,bc,cd,de,ef,fg,gh,hi,ij->aj";
    const operands = Array.from({ length: 9 }, (_, seed) => random.normal([2, 2], { seed }));
    const seen = await reference(einsum(text, ...operands));
    const wanted = naive(text, await Promise.all(operands.map(plain)));
    wanted.forEach((value, at) => expect(seen[at]).toBeCloseTo(value, 8));
  });
});
