import { array, assert, asyncProperty, constantFrom, integer, type Arbitrary, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open } from "../testing/cell.ts";
import type { RouteOptions } from "./route-options.ts";

type Row = readonly number[];
const exp = (row: Row): Row => row.map((value) => Math.exp(value - Math.max(...row)));
const sum = (row: Row): number => row.reduce((so, value) => so + value, 0);
const softmax = (row: Row): Row => exp(row).map((value) => value / sum(exp(row)));
const sigmoid = (row: Row): Row => row.map((value) => 1 / (1 + Math.exp(-value)));

/** Places of the k greatest, the first of equal ones first. */
function best(row: Row, k: number): Row {
  const places = row.map((_, at) => at).toSorted((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
  return places.slice(0, k);
}

/** What options mean, for one token: its experts, and their weights. */
function routeOf(logits: Row, options: RouteOptions<Row>): { readonly experts: Row; readonly weights: Row } {
  const { score = "softmax", bias = [], normalize = false, scale = 1, silent = [] } = options;
  const scores = score === "sigmoid" ? sigmoid(logits) : softmax(logits);
  const keys = scores.map((value, at) => value + (bias[at] ?? 0));
  const experts = expertsOf(keys, options);
  const chosen = experts.map((at) => logits[at] ?? 0);
  const raw = score === "chosen" ? softmax(chosen) : experts.map((at) => scores[at] ?? 0);
  const heard = raw.map((value, at) => (silent.includes(experts[at] ?? -1) ? 0 : value));
  const total = normalize ? Math.max(sum(heard), 1e-20) : 1;
  return { experts, weights: heard.map((value) => (value / total) * scale) };
}

function expertsOf(keys: Row, { k, groups }: RouteOptions<Row>): Row {
  if (groups === undefined) return best(keys, k);
  const size = keys.length / groups.count;
  const members = Array.from({ length: groups.count }, (_, group) =>
    keys.slice(group * size, (group + 1) * size),
  );
  if (groups.best === undefined)
    return members.flatMap((own, group) => best(own, k / groups.count).map((at) => group * size + at));
  const most = members.map((own) => sum(best(own, groups.by === "two" ? 2 : 1).map((at) => own[at] ?? 0)));
  const among = best(most, groups.best);
  return best(
    keys.map((key, at) => (among.includes(Math.floor(at / size)) ? key : -Infinity)),
    k,
  );
}

const options: readonly RouteOptions<Row>[] = [
  { k: 1 },
  { k: 2, normalize: true },
  { k: 3, score: "chosen" },
  { k: 2, score: "sigmoid", normalize: true, scale: 2.5 },
  { k: 2, score: "sigmoid", bias: [0, 0.4, 0, -0.3, 0.2, 0] },
  { k: 2, bias: [0, 0.1, 0, -0.3, 0.2, 0] },
  { k: 3, groups: { count: 3, each: true } },
  { k: 4, score: "chosen", groups: { count: 2, each: true } },
  { k: 3, groups: { count: 3, best: 2 } },
  { k: 2, score: "sigmoid", groups: { count: 2, best: 1, by: "two" }, bias: [0, 0.4, 0, -0.3, 0.2, 0] },
  { k: 2, normalize: true, silent: [0, 3] },
  { k: 6 },
];

/** Quarters, so that equal ones meet, and no sum is rounded. */
const logit: Arbitrary<number> = integer({ min: -12, max: 12 }).map((value) => value / 4);

describe("routing", () => {
  test.each(options.map((one) => [JSON.stringify(one), one] as const))(
    "[MR1] %s is what it says",
    async (_, one) => {
      const { moe, tensor } = open();
      await assert(
        asyncProperty(
          array(array(logit, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 40 }),
          async (rows) => {
            const { bias, ...others } = one;
            const routed = moe.route(
              tensor(rows),
              bias === undefined ? others : { ...others, bias: tensor([...bias]) },
            );
            const wanted = rows.map((row) => routeOf(row, one));
            expect(await routed.experts.array()).toEqual(wanted.map(({ experts }) => experts));
            const weights = await routed.weights.data();
            wanted
              .flatMap(({ weights: own }) => own)
              .forEach((weight, at) => expect(weights[at]).toBeCloseTo(weight, 5));
            const probabilities = (await routed.probabilities.array()) as unknown as readonly Row[];
            for (const row of probabilities) expect(sum(row)).toBeCloseTo(1, 5);
          },
        ),
        { numRuns: 8 },
      );
    },
  );

  test("[MR2] a NaN is chosen last, and all weights of its token are NaN, and of no other; -Infinity shuts an expert", async () => {
    const { moe, tensor } = open();
    const logits = tensor([
      [1, NaN, 3],
      [NaN, NaN, NaN],
      [-Infinity, -Infinity, 2],
      [5, 4, 6],
    ]);
    for (const score of ["softmax", "chosen", "sigmoid"] as const) {
      const routed = moe.route(logits, { k: 2, score });
      expect(await routed.experts.array()).toEqual([
        [2, 0],
        [0, 1],
        [2, 0],
        [2, 0],
      ]);
      const weights = await routed.weights.data();
      expect([...weights].map(Number.isNaN)).toEqual([true, true, true, true, false, false, false, false]);
      expect(weights[5]).toBe(0);
    }
  });

  test("[MR3] more experts than lanes of a thread, and one", async () => {
    const { moe, tensor, random } = open();
    const many = random.normal([3, 300], { seed: 1 });
    const { experts } = moe.route(many, { k: 5 });
    const rows = (await many.array()) as unknown as readonly Row[];
    expect(await experts.array()).toEqual(rows.map((row) => best(row, 5)));
    expect(await moe.route(tensor([[2], [3]]), { k: 1 }).experts.array()).toEqual([[0], [0]]);
  });

  test("[MR4] what makes no sense is a fault", () => {
    const { moe, tensor } = open();
    const logits = tensor.zeros([4, 6]);
    const wrong: readonly RouteOptions<Tensor>[] = [
      { k: 0 },
      { k: 7 },
      { k: 1.5 },
      { k: 2, score: "max" as "softmax" },
      { k: 2, groups: { count: 4, each: true } },
      { k: 4, groups: { count: 3, each: true } },
      { k: 3, groups: { count: 3, best: 1 } },
      { k: 2, groups: { count: 3 } },
      { k: 2, silent: [6] },
      { k: 2, capacity: -1 },
      { k: 2, capacity: [1, 2] },
      { k: 2, computed: 7 },
      { k: 2, block: 24 },
    ];
    for (const one of wrong)
      expect(() => moe.route(logits, one)).toThrow(expect.objectContaining({ code: "moe/route" }));
    for (const shape of [[6], [2, 3, 6]])
      expect(() => moe.route(tensor.zeros(shape), { k: 1 })).toThrow(
        expect.objectContaining({ code: "moe/shape" }),
      );
    expect(() => moe.route(logits, { k: 2, bias: tensor.zeros(5) })).toThrow(
      expect.objectContaining({ code: "moe/shape" }),
    );
  });
});

/** A plan by hand. */
function planOf(
  choices: readonly Row[],
  most: Row,
): { readonly counts: Row; readonly starts: Row; readonly rows: Row } {
  const flat = choices.flat();
  const counts = most.map((_, expert) => flat.filter((id) => id === expert).length);
  const kept = counts.map((count, expert) => Math.min(count, most[expert] ?? 0));
  const starts = [0, ...kept.map((_, expert) => sum(kept.slice(0, expert + 1)))];
  const rows = flat.map((id, slot) => {
    const rank = flat.slice(0, slot).filter((other) => other === id).length;
    return id >= 0 && id < most.length && rank < (most[id] ?? 0) ? (starts[id] ?? 0) + rank : -1;
  });
  return { counts, starts, rows };
}

const smallChoices = record({
  experts: constantFrom(1, 3, 8, 13),
  k: integer({ min: 1, max: 3 }),
  block: constantFrom(1, 4, 8),
  capacity: constantFrom(undefined, 0.5, 1, 0),
  ids: array(integer({ min: -1, max: 13 }), { minLength: 3, maxLength: 150 }),
});

describe("a plan", () => {
  test("[MP1] puts slots in the order of experts, drops those beyond the capacity, and has each row in one tile", async () => {
    const { moe, tensor } = open();
    await assert(
      asyncProperty(smallChoices, async ({ experts, k, block, capacity, ids }) => {
        const tokens = Math.floor(ids.length / k);
        const choices = Array.from({ length: tokens }, (_, token) => ids.slice(token * k, (token + 1) * k));
        const slots = tokens * k;
        const limit =
          capacity === undefined ? slots : Math.min(slots, Math.ceil((capacity * slots) / experts));
        const given = { block, ...(capacity === undefined ? {} : { capacity }) };
        const plan = moe.plan(tensor(choices, { dtype: "i32" }), experts, given);
        const wanted = planOf(
          choices,
          Array.from({ length: experts }, () => limit),
        );
        const rows = [...(await plan.rows.data())];
        expect([...(await plan.counts.data())]).toEqual(wanted.counts);
        expect([...(await plan.starts.data())]).toEqual(wanted.starts);
        expect(rows).toEqual(wanted.rows);
        const slotOf = await plan.slots.data();
        rows.forEach((row, slot) => expect(row < 0 ? slot : slotOf[row]).toBe(slot));
        const tiles = (await plan.tiles.array()) as unknown as readonly (readonly [number, number, number])[];
        const covered = tiles
          .filter(([expert]) => expert >= 0)
          .flatMap(([expert, first, end]) =>
            Array.from({ length: end - first }, (_, at) => [first + at, expert]),
          );
        const owners = wanted.starts.slice(1).flatMap((end, expert) => {
          const first = wanted.starts[expert] ?? 0;
          return Array.from({ length: end - first }, (_, at) => [first + at, expert]);
        });
        expect(covered).toEqual(owners);
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    { tokens: 30, experts: 4, block: 8 },
    { tokens: 5, experts: 13, block: 2 },
    { tokens: 17, experts: 16, block: 4 },
    { tokens: 64, experts: 1, block: 32 },
  ])(
    "[MP3] $tokens slots of $experts experts: as many tiles as the worst routing needs, and no more",
    async (of) => {
      const { moe, tensor } = open();
      const { tokens, experts, block } = of;
      // All have one slot, then one expert has the rest.
      const choices = Array.from({ length: tokens }, (_, token) => [Math.min(token, experts - 1)]);
      const { tiles } = moe.plan(tensor(choices, { dtype: "i32" }), experts, { block });
      const found = (await tiles.array()) as unknown as readonly Row[];
      expect(found.every(([expert = -1]) => expert >= 0)).toBe(true);
      expect(sum(found.map(([, first = 0, end = 0]) => end - first))).toBe(tokens);
    },
  );

  test("[MP2] in parts, with a capacity for each expert, as in one program", async () => {
    const { moe, random } = open();
    const choices = random.uniform([1500, 3], { seed: 1, high: 6.5 }).floor().cast("i32");
    const capacity = [1, 0.2, 2, 0, 0.9, 1];
    const plan = moe.plan(choices, 6, { capacity, computed: 4, block: 32 });
    const given = (await choices.array()) as unknown as readonly Row[];
    const limits = capacity.map((factor) => Math.ceil((factor * 4500) / 6));
    const wanted = planOf(given, limits);
    expect([...(await plan.counts.data())]).toEqual(wanted.counts);
    expect([...(await plan.starts.data())]).toEqual(wanted.starts);
    expect([...(await plan.rows.data())]).toEqual(wanted.rows);
    const tiles = (await plan.tiles.array()) as unknown as readonly (readonly [number, number, number])[];
    expect(Math.max(...tiles.map(([expert]) => expert))).toBe(2);
    expect(sum(tiles.map(([, first, end]) => end - first))).toBe(wanted.starts[4]);
  });
});
