import { describe, expect, test } from "vitest";
import type { FromCell } from "../protocol/cell.ts";
import type { Asset } from "./asset.ts";
import { type Asker, Assets } from "./assets.ts";

/** Assets over lists of what they ask and show, at a time that the test sets. */
class Room {
  time = 0;
  readonly said: FromCell[] = [];
  readonly asked: (readonly [number, string])[] = [];
  readonly shown: (readonly [string, number, number])[] = [];
  readonly stop: AbortController = new AbortController();
  readonly assets: Assets = new Assets({
    send: (message) => {
      this.said.push(message);
      if (message.type === "asset") this.asked.push([message.id, message.name]);
    },
    now: () => this.time,
    asker: () => this.asker,
  });
  readonly asker: Asker = {
    here: () => ({ source: "cell", start: 6, end: 11 }),
    progress: (...far) => this.shown.push(far),
    signal: this.stop.signal,
  };
}

const bytes = Uint8Array.of(49, 44, 50);

/** A chosen file of 200 bytes whose parts the page reads. */
const chosen = async (room: Room, size = 200): Promise<Asset> => {
  const waiting = room.assets.get("chosen:1:a.gguf", room.asker);
  room.assets.arrived(1, { size });
  return waiting;
};

describe("files of cells", () => {
  test("[AS1] one that ships is asked for once; one that was chosen each time, and has its own name", async () => {
    const { assets, asked, asker } = new Room();
    const [first, second] = [assets.get("a.csv", asker), assets.get("a.csv", asker)];
    assets.arrived(1, bytes);
    expect([await first, asked]).toEqual([await second, [[1, "a.csv"]]]);
    expect(await (await first).numbers()).toEqual([[1, 2]]);
    const mine = assets.get("chosen:4:my model.safetensors", asker);
    assets.arrived(2, bytes);
    expect((await mine).name).toBe("my model.safetensors");
    const again = assets.get("chosen:4:my model.safetensors", asker);
    assets.arrived(3, bytes);
    await again;
    expect(asked).toHaveLength(3);
  });

  test("[AS2] a refusal is a fault where the file was asked for, and the next call asks again", async () => {
    const { assets, asked, asker } = new Room();
    const failing = assets.get("https://example.org/x", asker);
    assets.refused(1, { code: "asset/elsewhere", message: "no network", hint: "choose it" });
    const span = { source: "cell", start: 6, end: 11 };
    await expect(failing).rejects.toMatchObject({ code: "asset/elsewhere", hint: "choose it", span });
    void assets.get("https://example.org/x", asker).catch(() => undefined);
    expect(asked).toHaveLength(2);
  });

  test("[AS3] a wait of more than 300 ms shows a bar, which ends full; a short one shows none", async () => {
    const room = new Room();
    const { assets, asker, shown } = room;
    const waiting = assets.get("large.bin", asker);
    room.time = 299;
    assets.progressed(1, 1, 10);
    expect(shown).toEqual([]);
    room.time = 301;
    assets.progressed(1, 5, 10);
    assets.arrived(1, bytes);
    await waiting;
    assets.progressed(1, 9, 10);
    expect(shown).toEqual([
      ["reading large.bin", 5, 10],
      ["reading large.bin", 3, 3],
    ]);
  });

  test("[AS4] a part of a chosen file is asked for where it is read, and its refusal is a fault there", async () => {
    const room = new Room();
    const file = await chosen(room);
    const part = file.slice(10, 13);
    expect(room.said.at(-1)).toEqual({ type: "part", id: 2, name: "chosen:1:a.gguf", from: 10, to: 13 });
    room.assets.arrived(2, bytes);
    expect(await part).toEqual(bytes);
    const refused = file.slice(0);
    expect(room.said.at(-1)).toMatchObject({ id: 3, from: 0, to: 200 });
    room.assets.refused(3, { code: "address/changed", message: "it was changed" });
    await expect(refused).rejects.toMatchObject({ code: "address/changed", span: room.asker.here() });
    for (const [from, to] of [
      [0, 201],
      [-1, 3],
      [5, 4],
      [0.5, 2],
      [NaN, 2],
    ] as const)
      await expect(file.slice(from, to)).rejects.toMatchObject({ code: "asset/range" });
    expect(await file.slice(7, 7)).toEqual(new Uint8Array());
    expect(room.said).toHaveLength(3);
  });

  test("[AS5] a large part is asked for piece by piece; a part that is not waited for any more is called off", async () => {
    const room = new Room();
    const piece = 2 ** 26;
    const file = await chosen(room, 3 * piece);
    const part = file.slice(piece - 1, 2 * piece + 1);
    room.assets.arrived(2, new Uint8Array(piece).fill(7));
    await expect
      .poll(() => room.said.at(-1))
      .toMatchObject({ id: 3, from: 2 * piece - 1, to: 2 * piece + 1 });
    room.assets.arrived(3, Uint8Array.of(8, 9));
    expect([...(await part).subarray(-3)]).toEqual([7, 8, 9]);
    const left = file.slice(0, 5);
    room.stop.abort();
    await expect(left).rejects.toMatchObject({ code: "run/interrupted" });
    expect(room.said.at(-1)).toEqual({ type: "endAsset", id: 4 });
  });

  test("[AS6] parts that are read one after the other have one bar, which ends full", async () => {
    const room = new Room();
    const file = await chosen(room);
    const first = file.slice(0, 10, { before: 0, all: 30 });
    room.time = 301;
    room.assets.progressed(2, 4, 10);
    room.assets.arrived(2, new Uint8Array(10));
    await first;
    const second = file.slice(50, 70, { before: 10, all: 30 });
    room.assets.progressed(3, 5, 20);
    room.assets.arrived(3, new Uint8Array(20));
    await second;
    expect(room.shown.map(([, ...far]) => far)).toEqual([
      [4, 30],
      [10, 30],
      [15, 30],
      [30, 30],
    ]);
  });

  test("[AS7] a blob is read here; one that cannot be read any more is a fault", async () => {
    const room = new Room();
    const waiting = room.assets.get("chosen:1:a.gguf", room.asker);
    room.assets.arrived(1, { size: 3, blob: new Blob([bytes]) });
    const file = await waiting;
    expect([file.size, await file.slice(1), await file.slice()]).toEqual([3, bytes.slice(1), bytes]);
    const gone = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("moved")) }) };
    const again = room.assets.get("chosen:1:a.gguf", room.asker);
    room.assets.arrived(2, { size: 3, blob: gone as unknown as Blob });
    await expect((await again).slice(0, 1)).rejects.toMatchObject({ code: "asset/cut" });
  });

  test("[AS8] a file of more than 256 MiB has no bytes as one piece, and says what to do", async () => {
    const file = await chosen(new Room(), 2 ** 31);
    expect(() => file.bytes).toThrow("is larger than 256 MiB, and not read as one piece");
    await expect(file.slice(0, 2 ** 30 + 1)).rejects.toMatchObject({ code: "asset/range" });
  });
});
