import { describe, expect, test, vi } from "vitest";
import { open } from "../testing/cell.ts";
import { greedy, tinyModel, type TinyModel } from "../testing/tiny-model.ts";
import type { Manner } from "./manner.ts";
import type { WriterOptions } from "./settings.ts";
import type { Writer } from "./writer.ts";

const prompts = [
  [3, 1, 4, 1, 5, 9, 2, 6],
  [2],
  [7, 1, 8],
  [1, 6, 1, 8, 0],
  [5, 5],
  [10, 0, 10, 0, 10, 0, 10],
];

function opened(shared = 1): {
  readonly cell: ReturnType<typeof open>;
  readonly tiny: TinyModel;
  readonly writerOf: (options: Partial<WriterOptions>) => Writer;
} {
  const cell = open();
  const tiny = tinyModel(cell, shared);
  const some = { model: tiny.model, ...tiny.sizes, length: 24, page: 4, chunk: 5 };
  return { cell, tiny, writerOf: (options) => cell.serving.writer({ ...some, ...options }) };
}

describe("a writer, against the whole text computed anew for each token", () => {
  test.each([1, 3])(
    "[SV1] with queries in %i times as many heads, it writes the same tokens",
    async (shared) => {
      const { tiny, writerOf } = opened(shared);
      const writer = writerOf({});
      for (const prompt of prompts.slice(0, 2)) {
        const [written] = await writer.all([prompt], { most: 10 });
        expect(written).toEqual(await greedy(tiny, prompt, 10));
      }
    },
  );
});

const many = (at: number): Manner => ({ most: 3 + at, temperature: at % 2, topK: 5, seed: at });

describe("several requests", () => {
  test("[SV2] through few sequences and few pages, each writes what it writes alone, and all is free again", async () => {
    const { writerOf } = opened();
    const together = writerOf({ sequences: 3, pages: 8 });
    const alone = writerOf({ sequences: 3, pages: 8 });
    const written = await together.all(prompts, many);
    for (const [at, prompt] of prompts.entries())
      expect(written[at]).toEqual((await alone.all([prompt], many(at)))[0]);
    const { waiting, writing, freePages, tokens, requests, steps } = together.report;
    expect({ waiting, writing, freePages, tokens }).toEqual({
      waiting: 0,
      writing: 0,
      freePages: 8,
      tokens: 3 + 4 + 5 + 6 + 7 + 8,
    });
    expect(steps).toBeLessThan(alone.report.steps / 1.5);
    expect(requests.map((one) => one.tokens).toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8]);
  });

  test("[SV3] every step reads or writes, with a temperature or without: one of four forms, and leaves as many tensors behind", async () => {
    const { cell, writerOf } = opened();
    const writer = writerOf({ sequences: 2 });
    await writer.all(prompts.slice(0, 2), many);
    const [alive, lowered, before] = [cell.host.alive.size, cell.host.lowered, cell.host.graphs.length];
    await writer.all(prompts.slice(2, 6), many);
    expect([cell.host.alive.size, cell.host.lowered]).toEqual([alive, lowered]);
    const forms = cell.host.graphs
      .slice(before)
      .map((graph) => JSON.stringify(graph).replaceAll(/"t\d+"/g, '""'));
    expect(new Set(forms).size).toBeLessThanOrEqual(4);
  });

  test("[SV14] what there is to compile is there before somebody asks, in whatever form, and one who asks at once is not kept waiting", async () => {
    const { cell, writerOf } = opened();
    const writer = writerOf({ sequences: 2 });
    const keys = (from: number): readonly string[] =>
      cell.host.graphs.slice(from).map((graph) => JSON.stringify(graph).replaceAll(/"t\d+"/g, '""'));
    await vi.waitFor(() => expect(cell.host.graphs).toHaveLength(5));
    const known = new Set(keys(0));
    expect(known.size).toBe(5);
    await writer.all(prompts, many);
    expect(keys(5).filter((key) => !known.has(key))).toEqual([]);
    const other = opened();
    await other.writerOf({}).all([[1, 2]], { most: 3 });
    expect(other.cell.host.graphs).toHaveLength(1 + 1 + 2);
  });

  test("[SV17] prompts wait until a step is full of them, or until all of them have waited for as many steps as those who write would", async () => {
    const { writerOf } = opened();
    const writer = writerOf({ sequences: 6, chunk: 4 });
    const texts = Array.from({ length: 4 }, (_, at) => writer.write([at], { most: 20 }));
    await Promise.all(texts.map((text) => text.next()));
    expect(writer.report.steps).toBe(1);
    const late = writer.write([5], { most: 2 });
    await late.next();
    // A step was under way. Then one waits while four write: three steps more, and it is read.
    expect(writer.report).toMatchObject({ steps: 1 + 1 + 3 + 1, tokens: 4 + 4 + 3 * 4 + 1 });
    await Promise.all([late, ...texts].map((text) => text.return()));
  });

  test("[SV4] one who breaks off makes room for the next", async () => {
    const { writerOf } = opened();
    const writer = writerOf({ pages: 4 });
    const first = writer.write([1, 2], { most: 14 });
    await first.next();
    const second = writer.all([[3]], { most: 15 });
    await first.return();
    expect(await second).toEqual(await writerOf({}).all([[3]], { most: 15 }));
    expect(writer.report.requests.map(({ tokens }) => tokens < 14)).toEqual([true, false]);
  });

  test("[SV5] a token to stop at ends a text, and is given", async () => {
    const { writerOf } = opened();
    const [whole = []] = await writerOf({}).all([[4, 2]], { most: 12 });
    const [end = -1] = whole.slice(4);
    const [until] = await writerOf({}).all([[4, 2]], { most: 12, stop: [99, end] });
    expect(until).toEqual(whole.slice(0, whole.indexOf(end) + 1));
  });

  test("[SV6] a step that fails fails all that take part; the next request begins anew", async () => {
    const { cell, writerOf } = opened();
    const writer = writerOf({ sequences: 2 });
    let runs = 0;
    cell.host.beforeRun = () => {
      runs += 1;
      if (runs === 4) throw new Error("the device is gone");
    };
    const both = await Promise.allSettled([writer.all([[1, 2, 3]]), writer.all([[4]])]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await writer.all([[4]], { most: 5 })).toEqual(await writerOf({}).all([[4]], { most: 5 }));
    expect(writer.report.freePages).toBe(12);
  });

  test("[SV18] a NaN among its scores ends a text, says how many tokens stand before it, and no other text ends", async () => {
    const { cell, tiny, writerOf } = opened();
    // Of a text whose last token is 9.
    const model: WriterOptions["model"] = (rows) => {
      const isNine = rows.last(rows.tokens.eq(9)).expandDims(1);
      return cell.where(isNine, Number.NaN, tiny.model(rows));
    };
    for (const more of [{}, { draft: { ...tiny.sizes, model } }]) {
      const writer = writerOf({ model, sequences: 2, ...more });
      const both = [writer.all([[1, 2, 9]], { most: 4 }), writer.all([[4]], { most: 3 })] as const;
      await expect(both[0]).rejects.toMatchObject({ code: "serving/model", message: /behind 3 tokens/ });
      expect((await both[1])[0]).toHaveLength(3);
      expect(writer.report.freePages).toBe(12);
      expect(writer.report.requests.every(({ first }) => first >= 0)).toBe(true);
    }
  });
});

const drawnOrNot = (at: number): Manner => ({ most: 9 + at, temperature: at % 3, topP: 0.9, seed: at });

describe("guessed tokens", () => {
  test.each<readonly [string, (answer: readonly number[]) => NonNullable<WriterOptions["guess"]>]>([
    ["right", (answer) => async (text, count) => answer.slice(text.length, text.length + count)],
    ["wrong", () => () => [0, 0, 0, 0, 0]],
    [
      "half right",
      (answer) => (text, count) => [...answer.slice(text.length, text.length + 2), 10].slice(0, count),
    ],
    ["none", () => () => []],
  ])("[SV10] that are %s: the same text to the bit, drawn or likeliest", async (how, guessOf) => {
    const { writerOf } = opened();
    const steps: number[] = [];
    for (const [at, prompt] of prompts.slice(0, 4).entries()) {
      const [text = []] = await writerOf({}).all([prompt], drawnOrNot(at));
      const writer = writerOf({ guesses: 3, guess: guessOf([...prompt, ...text]) });
      expect((await writer.all([prompt], drawnOrNot(at)))[0]).toEqual(text);
      const { guessed, right, tokens } = writer.report;
      expect(tokens).toBe(text.length);
      if (how === "right") expect(right).toBe(guessed);
      steps.push(writer.report.steps);
    }
    if (how === "right") expect(steps[0]).toBeLessThanOrEqual(2 + 1 + Math.ceil(8 / 4));
    if (how === "none") expect(steps[0]).toBe(2 + 8);
  });

  test("[SV11] by what stood there before, of several texts at once", async () => {
    const { writerOf } = opened();
    const repeating = [
      [1, 2, 3, 1, 2, 3, 1],
      [4, 4, 4, 4],
      [5, 6],
    ];
    const writer = writerOf({ guesses: 2, sequences: 2 });
    expect(await writer.all(repeating, drawnOrNot)).toEqual(
      await writerOf({ sequences: 2 }).all(repeating, drawnOrNot),
    );
    expect(writer.report.guessed).toBeGreaterThan(0);
  });

  test("[SV12] more texts than a step reads tokens of prompts", async () => {
    const { writerOf } = opened();
    const some = { most: 3, temperature: 1, seed: 5 };
    expect(await writerOf({ sequences: 5, chunk: 2 }).all(prompts, some)).toEqual(
      await writerOf({}).all(prompts, some),
    );
  });
});

describe("a draft", () => {
  test.each<readonly [string, Partial<WriterOptions>, Manner]>([
    ["", {}, {}],
    ["with drawn tokens", { guesses: 2 }, { temperature: 1.5, topP: 0.9, seed: 3 }],
    ["with a window", { window: 6, sinks: 2 }, { temperature: 2, seed: 1 }],
    ["one token at a time", { guesses: 1, chunk: 1 }, { temperature: 1, topK: 4 }],
  ])(
    "[SV15] of the same model guesses all, of another one some; the text is the same %s",
    async (_, some, how) => {
      const { cell, tiny, writerOf } = opened();
      const other = tinyModel(cell, 1, 50);
      const manner = (at: number): Manner => ({ ...how, most: 8 + at });
      const plain = await writerOf({ ...some, guesses: 0, sequences: 2 }).all(prompts, manner);
      const drafts = [tiny, other].map(({ model, sizes }) => ({ model, ...sizes }));
      for (const [at, draft] of drafts.entries()) {
        const writer = writerOf({ ...some, draft, sequences: 2 });
        expect(await writer.all(prompts, manner)).toEqual(plain);
        // Once more: what stands in the draft's memory is of other texts.
        expect(await writer.all(prompts.toReversed(), (one) => manner(5 - one))).toEqual(plain.toReversed());
        const { guessed, right, tokens } = writer.report;
        expect(tokens).toBe(2 * plain.flat().length);
        if (at === 0) expect(right).toBe(guessed);
        else expect(right).toBeLessThan(guessed);
      }
    },
  );

  test("[SV16] reads what it has not read: a step or two for a prompt, and one run for all guesses behind each token of all", async () => {
    const { cell, tiny, writerOf } = opened();
    const writer = writerOf({
      draft: { model: tiny.model, ...tiny.sizes },
      guesses: 3,
      sequences: 2,
      chunk: 8,
    });
    expect(writer.bytes).toBe(2 * writerOf({ sequences: 2 }).bytes);
    await vi.waitFor(() => expect(cell.host.graphs.length).toBeGreaterThan(9));
    await writer.all([[1]], { most: 1 });
    const before = cell.host.graphs.length;
    await writer.all([prompts[0] ?? [], prompts[3] ?? []], { most: 9 });
    // Prompts of 8 and 5 tokens, in steps of 8 rows; then 9 tokens each, of which the first is drawn behind the prompt and two steps write the others.
    expect(cell.host.graphs.length - before).toBe(2 + 2 + 2 * 2);
    expect(writer.report).toMatchObject({ guessed: 12, right: 12 });
  });
});

describe("the memory", () => {
  test("[SV7] has 2 · layers · heads · headSize · pages · page · bytes of a number", async () => {
    const { cell, writerOf } = opened();
    const before = cell.host.graphs.length;
    const writer = writerOf({ sequences: 3, pages: 7, dtype: "f16" });
    expect(writer.bytes).toBe(2 * 2 * 2 * 4 * 7 * 4 * 2);
    await writer.all([[1]], { most: 1 });
    const [made] = cell.host.graphs.slice(before);
    const bytes = made?.outputs.map((id) => made.nodes[id]?.type).filter((type) => type?.dtype === "f16");
    expect(bytes?.map((type) => type?.shape)).toEqual([
      [2, 7, 2, 4, 4],
      [2, 7, 2, 4, 4],
    ]);
  });

  test("[SV13] of codes it has a scale for each head of each token, too, and writes on by them", async () => {
    const { writerOf } = opened();
    const writer = writerOf({ sequences: 2, pages: 7, dtype: "i8" });
    expect(writer.bytes).toBe(2 * 2 * 2 * 7 * 4 * (4 + 4));
    const [alone] = await writer.all([[3, 1, 4]], { most: 8 });
    expect(
      await writer.all(
        [
          [3, 1, 4],
          [2, 7],
        ],
        { most: 8 },
      ),
    ).toMatchObject([alone, { length: 8 }]);
  });

  test("[SV8] of halves it writes nearly the same: scores differ by their rounding", async () => {
    const { writerOf } = opened();
    const [halves] = await writerOf({ dtype: "f16" }).all([[3, 1, 4]], { most: 8 });
    expect(halves).toEqual((await writerOf({}).all([[3, 1, 4]], { most: 8 }))[0]);
  });
});

const fortyOrMore = (at: number): Manner => ({ most: 40 + at });

describe("a window", () => {
  test.each([
    { window: 8, sinks: 0, page: 4, chunk: 5 },
    { window: 7, sinks: 3, page: 4, chunk: 5 },
    { window: 5, sinks: 5, page: 2, chunk: 8 },
    { window: 1, sinks: 0, page: 3, chunk: 3 },
  ])(
    "[SX1] %o: attention of each token over the last and the first of its text, in memory that does not grow with it",
    async ({ window, sinks, page, chunk }) => {
      const { tiny, writerOf } = opened();
      const length = 60;
      const writer = writerOf({
        window,
        sinks,
        page,
        chunk,
        length,
        sequences: 2,
        guesses: chunk > 3 ? 2 : 0,
      });
      const pages = 2 * (Math.ceil(sinks / page) + Math.ceil((window + chunk - 2) / page) + 1);
      expect(writer.sizes.pages).toBe(pages);
      expect(writer.bytes).toBe(2 * 2 * 2 * 4 * pages * page * 4);
      const begins = [prompts[0] ?? [], [...(prompts[5] ?? []), ...(prompts[3] ?? []), 1, 2, 3, 4]];
      const written = await writer.all(begins, fortyOrMore);
      for (const [at, begin] of begins.entries())
        expect(written[at]).toEqual(await greedy(tiny, begin, 40 + at, { window, sinks }));
      const { freePages, forgotten } = writer.report;
      expect(freePages).toBe(pages);
      expect(forgotten).toBe(8 + 40 + 16 + 41 - 2 * (window + sinks));
    },
  );

  test("[SX2] as wide as the text is none, and a short text needs no more pages than it has tokens", async () => {
    const { writerOf } = opened();
    const [plain, wide] = [writerOf({}), writerOf({ window: 20, sinks: 4 })];
    expect(wide.sizes).toEqual(plain.sizes);
    const writer = writerOf({ window: 9, length: 60 });
    const text = writer.write([1, 2], { most: 2 });
    await text.next();
    expect(writer.report.freePages).toBe(writer.sizes.pages - 1);
    await text.return();
  });
});

describe("tokens that the model does not have", () => {
  test("[SV23] are refused in a prompt when it is asked, and in a guess", async () => {
    const { tiny, writerOf } = opened();
    const writer = writerOf({});
    const wrong = { code: "serving/prompt", message: /token 11 .* place 1, .*11/ };
    await expect(writer.all([[1, tiny.words]])).rejects.toMatchObject(wrong);
    await writer.all([[1]], { most: 2 });
    await expect(writer.write([1, 11]).next()).rejects.toMatchObject(wrong);
    expect((await writer.all([[10]], { most: 2 }))[0]).toHaveLength(2);
    for (const guess of [() => [11], () => [-1], () => [1.5]]) {
      const guessing = writerOf({ guesses: 2, guess });
      await expect(guessing.all([[1]])).rejects.toMatchObject({ code: "serving/guess" });
    }
  });

  test("[SV24] may be guessed by a draft that has more, and are not looked at", async () => {
    const { cell, tiny, writerOf } = opened();
    const far: WriterOptions["model"] = (rows) => {
      const scores = tiny.model({ ...rows, tokens: rows.tokens.clip(0, 10) });
      return cell.tensor.concat([scores, scores.max(1, { keep: true }).add(1)], 1);
    };
    const writer = writerOf({ draft: { ...tiny.sizes, model: far } });
    expect(await writer.all([[3, 1]], { most: 8 })).toEqual(await writerOf({}).all([[3, 1]], { most: 8 }));
  });

  test("[SV25] are no scores of it, and no places: a table that is shorter is not read beyond its end", async () => {
    const { cell, tiny, writerOf } = opened();
    const few: WriterOptions["model"] = (rows) =>
      tiny.model(rows).add(cell.tensor.zeros([9, 1]).take(rows.places).sum());
    await expect(
      writerOf({
        model: (rows) => {
          const x = cell.tensor.ones([5, 8]).take(rows.tokens);
          return rows.attend(0, x, x, x).reshape(-1, 8);
        },
      }).all([[1]]),
    ).rejects.toMatchObject({ code: "serving/model", message: /scores 8 .* 5 rows/ });
    const writer = writerOf({ model: few });
    await expect(writer.all([[1, 2]], { most: 9 })).rejects.toMatchObject({
      code: "serving/room",
      message: /9 places/,
    });
    expect((await writer.all([[1, 2]], { most: 8 }))[0]).toHaveLength(8);
  });
});

describe("wrong calls", () => {
  test.each<
    readonly [string, (writer: Writer, writerOf: (options: Partial<WriterOptions>) => Writer) => unknown]
  >([
    ["serving/prompt", (writer) => writer.all([[]])],
    ["serving/prompt", (writer) => writer.all([3, 1] as never)],
    ["serving/prompt", (writer) => writer.all(["abc"] as never)],
    ["serving/prompt", (writer) => writer.all([[1, 2.5]])],
    ["serving/prompt", (writer) => writer.all([[-1]])],
    ["tensor/argument", (writer) => writer.all(3 as never)],
    ...[
      { temperature: -1 },
      { temperature: Number.NaN },
      { temperature: 1, topK: 1.5 },
      { temperature: 1, topP: 2 },
      { temperature: 1, minP: -0.1 },
      { seed: 0.5 },
      { most: 0 },
      { most: Infinity },
      { stop: "x" as never },
    ].map((manner) => ["serving/manner", (writer: Writer) => writer.all([[1]], manner)] as const),
    ["serving/room", (writer) => writer.all([[1, 2]], { most: 23 })],
    ["serving/room", (_, writerOf) => writerOf({ pages: 2 }).all([[1, 2]], { most: 7 })],
    ["tensor/option", (writer) => writer.all([[1]], { top_k: 3 } as object)],
    ["serving/sizes", (_, writerOf) => writerOf({ layers: 0 })],
    ["serving/sizes", (_, writerOf) => writerOf({ window: 0 })],
    ["serving/sizes", (_, writerOf) => writerOf({ window: 4, sinks: -1 })],
    ["serving/sizes", (_, writerOf) => writerOf({ dtype: "i32" as never })],
    ["tensor/option", (_, writerOf) => writerOf({ guess: () => [] })],
    ["tensor/option", (_, writerOf) => writerOf({ sinks: 4 })],
    [
      "tensor/option",
      (_, writerOf) =>
        writerOf({
          guess: () => [],
          guesses: 2,
          draft: { model: ({ tokens }) => tokens, layers: 1, heads: 1, headSize: 1 },
        }),
    ],
    ["tensor/option", (writer) => writer.all([[1]], { topP: 0.9 })],
    ["serving/layer", (_, writerOf) => writerOf({ layers: 1 }).all([[1]])],
    [
      "serving/layer",
      (_, writerOf) =>
        writerOf({
          model: (rows) => {
            const x = rows.tokens.cast("f32").expandDims(1).repeat(8, 1);
            return rows.attend(0, rows.attend(0, x, x, x), x, x).reshape(-1, 8);
          },
        }).all([[1]]),
    ],
    ["serving/guess", (_, writerOf) => writerOf({ guesses: 2, guess: () => undefined as never }).all([[1]])],
    ["serving/heads", (_, writerOf) => writerOf({ heads: 3 }).all([[1]])],
    ["serving/model", (_, writerOf) => writerOf({ model: ({ tokens }) => tokens }).all([[1]])],
    ["tensor/argument", (_, writerOf) => writerOf({ model: 3 as never })],
    [
      "tensor/argument",
      (_, writerOf) => writerOf({ draft: { model: 3 as never, layers: 1, heads: 1, headSize: 1 } }),
    ],
    [
      "serving/sizes",
      (_, writerOf) =>
        writerOf({ guesses: 0, draft: { model: ({ tokens }) => tokens, layers: 1, heads: 1, headSize: 1 } }),
    ],
  ])("[SV9] %s", async (code, call) => {
    const { writerOf } = opened();
    const made = async (): Promise<unknown> => call(writerOf({}), writerOf);
    await expect(made()).rejects.toMatchObject({ code });
  });
});
