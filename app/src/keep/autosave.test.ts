import { ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { Autosave, type SaveState } from "./autosave.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve));

/** An autosaver over a disk that answers when told to. */
function bench() {
  const clock = new ManualClock();
  const written: string[] = [];
  const states: SaveState["kind"][] = [];
  const answers: { readonly resolve: (at: number) => void; readonly reject: (error: Error) => void }[] = [];
  const autosave = new Autosave({
    clock,
    write: (text) => {
      written.push(text);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    onState: ({ kind }) => states.push(kind),
  });
  const answer = async (error?: Error) => {
    const next = answers.shift();
    if (error === undefined) next?.resolve(0);
    else next?.reject(error);
    await settle();
  };
  return { clock, written, states, autosave, answer };
}

describe("autosave", () => {
  test("[S1] writes once after a pause, and the newest text", () => {
    const { clock, written, autosave } = bench();
    autosave.changed(() => "a");
    clock.advance(200);
    autosave.changed(() => "ab");
    clock.advance(249);
    expect(written).toEqual([]);
    clock.advance(1);
    expect(written).toEqual(["ab"]);
  });
  test("[S2] says saved only when the newest text is safe", async () => {
    const { clock, states, autosave, answer } = bench();
    autosave.changed(() => "a");
    clock.advance(250);
    autosave.changed(() => "b");
    await answer();
    expect(states).toEqual(["saving", "saving"]);
    clock.advance(250);
    await answer();
    expect(states.at(-1)).toBe("saved");
  });
  test("[S3] typing without a pause is written every two seconds", () => {
    const { clock, written, autosave } = bench();
    for (let i = 0; i < 21; i += 1) {
      autosave.changed(() => String(i));
      clock.advance(100);
    }
    expect(written).toEqual(["19"]);
  });
  test("[S4] one write at a time", async () => {
    const { written, autosave, answer } = bench();
    autosave.changed(() => "a");
    const first = autosave.flush("relaxed");
    autosave.changed(() => "b");
    const second = autosave.flush("strict");
    await settle();
    expect(written).toEqual(["a"]);
    await answer();
    expect(written).toEqual(["a", "b"]);
    await answer();
    await Promise.all([first, second]);
  });
  test("[S5] what could not be written is kept for the next try", async () => {
    const { written, states, autosave, answer } = bench();
    autosave.changed(() => "a");
    const first = autosave.flush("relaxed");
    await answer(new Error("no room"));
    await first;
    expect(states.at(-1)).toBe("failed");
    const again = autosave.flush("relaxed");
    await answer();
    await again;
    expect([written, states.at(-1)]).toEqual([["a", "a"], "saved"]);
  });
});
