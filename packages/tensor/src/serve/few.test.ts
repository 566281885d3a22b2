import { describe, expect, test, vi } from "vitest";
import { open } from "../testing/cell.ts";
import { tinyModel } from "../testing/tiny-model.ts";
import type { Manner } from "./manner.ts";
import { fieldCount } from "./rows.ts";
import type { WriterOptions } from "./settings.ts";
import type { Writer } from "./writer.ts";

const prompts = [[3, 1, 4, 1, 5], [2], [7, 1, 8], [10, 0, 10, 0, 10, 0]];
const manner = (at: number): Manner => ({ most: 5 + 2 * at, temperature: at % 2, seed: at });

function opened(): {
  readonly cell: ReturnType<typeof open>;
  readonly writerOf: (options: Partial<WriterOptions>) => Writer;
  readonly draft: NonNullable<WriterOptions["draft"]>;
} {
  const cell = open();
  const { model, sizes } = tinyModel(cell);
  const some = { model, ...sizes, length: 24, page: 4, chunk: 5, sequences: 6 };
  const writerOf = (options: Partial<WriterOptions>): Writer => cell.serving.writer({ ...some, ...options });
  return { cell, writerOf, draft: { model: tinyModel(cell, 1, 50).model, ...sizes } };
}

/** How many rows the steps had, each once, in their order. */
function rowsOf(
  graphs: ReturnType<typeof opened>["cell"]["host"]["graphs"],
  from: number,
): readonly number[] {
  const rows = graphs
    .slice(from)
    .flatMap(({ nodes }) =>
      nodes.flatMap(({ type: { dtype, shape } }) =>
        dtype === "i32" && shape.length === 2 && shape[0] === fieldCount ? [shape[1] ?? 0] : [],
      ),
    );
  return rows.filter((count, at) => count !== rows[at - 1]);
}

describe("a smaller step for few texts", () => {
  test.each<Partial<WriterOptions>>([{}, { guesses: 2 }])(
    "[SV28] has rows for no more, and they write what they write in steps of all: %o",
    async (some) => {
      const { cell, writerOf } = opened();
      const each = 1 + (some.guesses ?? 0);
      const [lively, calm] = [writerOf({ ...some, few: 2 }), writerOf(some)];
      const written = await calm.all(prompts, manner);
      const before = cell.host.graphs.length;
      expect(await lively.all(prompts, manner)).toEqual(written);
      // Four prompts are read, all write, and the last two end alone.
      expect(rowsOf(cell.host.graphs, before)).toEqual([5, 6 * each, 2 * each]);
      const alone = cell.host.graphs.length;
      expect(await lively.all(prompts.slice(0, 1), manner)).toEqual(written.slice(0, 1));
      expect(rowsOf(cell.host.graphs, alone)).toEqual([5, 2 * each]);
    },
  );

  test("[SV29] knows its guesses whoever has left, is compiled before somebody asks, and is none where it would have rows for all", async () => {
    const { cell, writerOf, draft } = opened();
    const written = await writerOf({}).all(prompts, manner);
    const drafted = writerOf({ draft, few: 3 });
    expect(await drafted.all(prompts, manner)).toEqual(written);
    const { guessed, right } = drafted.report;
    expect(right).toBeLessThanOrEqual(guessed);
    const before = cell.host.graphs.length;
    const lively = writerOf({ few: 2 });
    await vi.waitFor(() => expect(cell.host.graphs).toHaveLength(before + 1 + 2 * 3));
    expect(rowsOf(cell.host.graphs, before)).toEqual([5, 2, 6, 5, 2, 6]);
    expect(await lively.all(prompts, manner)).toEqual(written);
    const from = cell.host.graphs.length;
    await writerOf({ few: 6 }).all([[1]], { most: 3 });
    expect(rowsOf(cell.host.graphs, from)).toEqual([5, 6]);
  });
});
