import { describe, expect, test } from "vitest";
import { readStream } from "./read-stream.ts";

const streamOf = (...chunks: readonly (number[] | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(Uint8Array.from(chunk));
      controller.close();
    },
  });

const endless = (): ReadableStream<Uint8Array> =>
  new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000)) });

describe("reading a file", () => {
  test("[RS1] all chunks come, in order, with or without an announced length", async () => {
    const wanted = Uint8Array.of(1, 2, 3, 4);
    expect(await readStream(streamOf([1, 2], [], [3, 4]), { name: "a", bytes: 4, most: 4 })).toEqual(wanted);
    expect(await readStream(streamOf([1], [2, 3, 4]), { name: "a", most: 9 })).toEqual(wanted);
  });

  test("[RS2] what announces itself as too large is not read at all", async () => {
    let pulled = 0;
    const stream = new ReadableStream<Uint8Array>(
      { pull: (controller) => controller.enqueue(Uint8Array.of((pulled += 1))) },
      { highWaterMark: 0 },
    );
    await expect(readStream(stream, { name: "a", bytes: 2 ** 40, most: 8 })).rejects.toMatchObject({
      code: "asset/large",
    });
    expect(pulled).toBe(0);
  });

  test("[RS3] a stream without an end is left at the bound, announced or not", async () => {
    await expect(readStream(endless(), { name: "a", most: 10_000 })).rejects.toMatchObject({
      code: "asset/large",
    });
    await expect(readStream(endless(), { name: "a", bytes: 9, most: 10_000 })).rejects.toMatchObject({
      code: "asset/cut",
    });
  });

  test("[RS4] fewer bytes than announced are a cut file", async () => {
    await expect(readStream(streamOf([1, 2]), { name: "a", bytes: 3, most: 9 })).rejects.toMatchObject({
      code: "asset/cut",
      message: "a should have 3 bytes, but 2 came",
    });
  });

  test("[RS5] progress is told once a MiB", async () => {
    const told: number[][] = [];
    const chunk = new Uint8Array(2 ** 19);
    const stream = streamOf(chunk, chunk, chunk, chunk);
    await readStream(stream, { name: "a", bytes: 2 ** 21, most: 2 ** 22 }, (...far) => told.push(far));
    expect(told).toEqual([
      [2 ** 20, 2 ** 21],
      [2 ** 21, 2 ** 21],
    ]);
  });
});
