import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { openTunings, Tunings } from "./tunings.ts";

const opener = (name: string) => () => openTunings(name);

test("[K30] what was measured is there for the next page, by device", async () => {
  const open = opener("tunings 1");
  const first = new Tunings(open);
  expect(await first.kept("a")).toBeUndefined();
  first.keep("a", "one");
  first.keep("a", "two");
  first.keep("b", "three");
  await expect.poll(() => new Tunings(open).kept("b")).toBe("three");
  expect(await new Tunings(open).kept("a")).toBe("two");
});

test("[K31] storage that cannot be had keeps nothing, and says nothing", async () => {
  const none = new Tunings(() => Promise.reject(new Error("no storage")));
  none.keep("a", "one");
  await expect(none.kept("a")).rejects.toThrow("no storage");
});

test("[K32] devices beyond the sixteenth push others out", async () => {
  const open = opener("tunings 2");
  const shelf = new Tunings(open);
  for (let at = 0; at < 20; at++) {
    shelf.keep(`device ${at}`, "x");
    await expect.poll(() => shelf.kept(`device ${at}`)).toBe("x");
  }
  const database = await open();
  expect((await database.getAllKeys("tunings")).length).toBe(16);
});
