import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open } from "../testing/cell.ts";
import { tinyModel } from "../testing/tiny-model.ts";
import type { StepRows } from "./model.ts";
import type { Writer } from "./writer.ts";

/** A writer of two texts at once, and one whose texts nobody gives up. */
function opened(sequences = 2): {
  readonly cell: ReturnType<typeof open>;
  readonly writer: Writer;
  readonly calm: Writer;
} {
  const cell = open();
  const { model, sizes } = tinyModel(cell, 1);
  const some = { model, ...sizes, length: 24, page: 4, chunk: 5, sequences };
  return { cell, writer: cell.serving.writer(some), calm: cell.serving.writer(some) };
}

async function collected(text: AsyncIterable<number>): Promise<number[]> {
  const tokens: number[] = [];
  for await (const token of text) tokens.push(token);
  return tokens;
}

/** Settles to how it ended. */
function endOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "well",
    (error: unknown) => error,
  );
}

describe("a signal", () => {
  test("[SV19] ends its text with its reason, and no other; its place and pages are free for who waits", async () => {
    const { writer, calm } = opened();
    const stop = new AbortController();
    const cut = writer.write([3, 1, 4], { most: 20, signal: stop.signal });
    const other = writer.write([1, 5], { most: 9 });
    const [, first] = await Promise.all([cut.next(), other.next()]);
    const next = writer.all([[9, 2]], { most: 5 });
    const end = endOf(cut.next().then(() => collected(cut)));
    stop.abort("enough");
    expect(await end).toBe("enough");
    const [others = [], later = []] = await calm.all(
      [
        [1, 5],
        [9, 2],
      ],
      (at) => ({ most: at === 0 ? 9 : 5 }),
    );
    expect(await next).toEqual([later]);
    expect([first.value, ...(await collected(other))]).toEqual(others);
    expect(writer.report).toMatchObject({ waiting: 0, writing: 0, freePages: 12 });
    expect(writer.report.requests.find(({ prompt }) => prompt === 3)?.tokens).toBeLessThan(20);
  });

  test("[SV20] ends a text that waits at once, and tokens that nobody took are not given any more", async () => {
    const { writer } = opened(1);
    const first = writer.write([3], { most: 20 });
    await first.next();
    const stop = new AbortController();
    const waiting = endOf(writer.all([[1], [2]], { signal: stop.signal }));
    expect(writer.report.waiting).toBe(2);
    stop.abort("enough");
    expect(writer.report.waiting).toBe(0);
    expect(await waiting).toBe("enough");
    await first.return();
    const again = new AbortController();
    const untaken = writer.write([1], { most: 6, signal: again.signal });
    await untaken.next();
    await writer.all([[2]], { most: 2 });
    again.abort("enough");
    expect(await endOf(untaken.next())).toBe("enough");
    expect(getEventListeners(again.signal, "abort")).toEqual([]);
    expect(await endOf(writer.all([[1]], { signal: again.signal }))).toBe("enough");
  });

  test("[SV21] is that of the run that asks, unless another one is given; a signal that texts outlive has no listeners of them", async () => {
    const { cell, writer } = opened(3);
    const [run, own] = [new AbortController(), new AbortController()];
    cell.host.unwanted = run.signal;
    await writer.all([[1]], { most: 2 });
    expect(getEventListeners(run.signal, "abort")).toEqual([]);
    const byRun = endOf(collected(writer.write([1], { most: 20 })));
    const byOwn = endOf(collected(writer.write([2], { most: 20, signal: own.signal })));
    await writer.all([[3]], { most: 3 });
    run.abort("superseded");
    expect(await byRun).toBe("superseded");
    own.abort("stopped");
    expect(await byOwn).toBe("stopped");
    await expect(writer.all([[1]], { signal: {} as AbortSignal })).rejects.toMatchObject({
      code: "serving/manner",
    });
  });

  test("[SV22] where one of several prompts is wrong, or fails, the others are not written for nobody", async () => {
    const { writer } = opened();
    await expect(writer.all([[1], [2.5]])).rejects.toMatchObject({ code: "serving/prompt" });
    expect(writer.report.waiting).toBe(0);
    await writer.all([[3]], { most: 2 });
    expect(writer.report).toMatchObject({ writing: 0, tokens: 2 });
  });
});

describe("what a writer says of itself", () => {
  test("[SV26] is what it does and has done: texts, tokens, pages and bytes", async () => {
    const { writer } = opened();
    const text = writer.write([3], { most: 6 });
    await text.next();
    expect(writer.said()).toMatchObject({
      "texts under way": "1 of 2",
      waiting: 0,
      done: 0,
      "pages used": "2 of 12",
      "bytes of keys and values": writer.bytes,
    });
    await text.return();
    await writer.all([[3]], { most: 2 });
    expect(writer.said()).toMatchObject({ "texts under way": "0 of 2", done: 2, "pages used": "0 of 12" });
  });

  test("[SV27] is known of the last 1,000 texts; counts are of all, and one that was cut off before its first token has no times", async () => {
    const cell = open();
    const model = (rows: StepRows): Tensor => {
      const x = cell.tensor.ones([4, 2]).take(rows.tokens);
      return rows.attend(0, x, x, x).reshape(-1, 2);
    };
    const sizes = { layers: 1, heads: 1, headSize: 2, sequences: 40, length: 4, page: 1, window: 1 };
    const writer = cell.serving.writer({ model, ...sizes, chunk: 40 });
    const prompts = Array.from({ length: 1010 }, (_, at) => [at % 2, 1]);
    await writer.all(prompts, { most: 1 });
    const stop = new AbortController();
    const cut = endOf(writer.all([[0]], { signal: stop.signal }));
    stop.abort("enough");
    expect(await cut).toBe("enough");
    await writer.all([[0]], { most: 2 });
    const { done, tokens, forgotten, requests } = writer.report;
    expect([done, tokens, forgotten, requests.length]).toEqual([1011, 1012, 1010 * 2 + 2, 1000]);
    expect(requests.at(-1)).toMatchObject({ prompt: 1, tokens: 2 });
  });
});
