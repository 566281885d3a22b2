import { describe, expect, test } from "vitest";
import { type Asker, Assets } from "./assets.ts";

/** Assets over lists of what they ask and show, at a time that the test sets. */
class Room {
  time = 0;
  readonly asked: (readonly [number, string])[] = [];
  readonly shown: (readonly [string, number, number])[] = [];
  readonly assets: Assets = new Assets(
    (...question) => this.asked.push(question),
    () => this.time,
  );
  readonly asker: Asker = {
    here: () => ({ source: "cell", start: 6, end: 11 }),
    progress: (...far) => this.shown.push(far),
  };
}

const bytes = Uint8Array.of(49, 44, 50);

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
});
