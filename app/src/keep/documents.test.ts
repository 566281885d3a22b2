import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { deleteDocument, listDocuments, loadVersion, saveVersion } from "./documents.ts";
import { superfluous } from "./thin.ts";

let databases = 0;
const fresh = () => openDatabase(`test ${(databases += 1)}`);
const version = (text: string, at: number, document = "d") => ({ document, title: document, text, at });

describe("keeping documents", () => {
  test("[S6] the newest version comes back", async () => {
    const database = await fresh();
    await saveVersion(database, version("one", 1), "relaxed");
    await saveVersion(database, version("two", 2), "strict");
    expect(await loadVersion(database, "d")).toEqual({ text: "two", at: 2, damaged: 0 });
  });
  test("[S7] a damaged version is passed over and counted, not deleted", async () => {
    const database = await fresh();
    await saveVersion(database, version("good", 1), "relaxed");
    await database.add("versions", { document: "d", text: "bad", sum: "0", at: 2 });
    expect(await loadVersion(database, "d")).toEqual({ text: "good", at: 1, damaged: 1 });
    expect(await database.count("versions")).toBe(2);
  });
  test("[S8] nothing readable is a fault that says which", async () => {
    const database = await fresh();
    await expect(loadVersion(database, "d")).rejects.toMatchObject({ code: "keep/missing" });
    await database.add("versions", { document: "d", text: "bad", sum: "0", at: 2 });
    await expect(loadVersion(database, "d")).rejects.toMatchObject({ code: "keep/damaged" });
  });
  test("[S9] a failed transaction leaves what was there", async () => {
    const database = await fresh();
    await saveVersion(database, version("one", 1), "relaxed");
    database.close();
    await expect(saveVersion(database, version("two", 2), "relaxed")).rejects.toMatchObject({
      code: "keep/failed",
    });
  });
  test("[S10] the list has the last changed first, and deleting leaves the others", async () => {
    const database = await fresh();
    await saveVersion(database, version("a", 1, "a"), "relaxed");
    await saveVersion(database, version("b", 2, "b"), "relaxed");
    await saveVersion(database, version("a2", 3, "a"), "relaxed");
    expect((await listDocuments(database)).map(({ id, changed }) => [id, changed])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    await deleteDocument(database, "a");
    expect((await listDocuments(database)).map(({ id }) => id)).toEqual(["b"]);
    expect(await database.count("versions")).toBe(1);
  });
  test("[S11] thinning keeps the newest and one of each older hour", () => {
    const hour = 3_600_000;
    const versions = Array.from({ length: 40 }, (_, key) => ({ key, at: key * (hour / 4) }));
    const gone = new Set(superfluous(versions));
    const left = versions.filter(({ key }) => !gone.has(key)).map(({ key }) => key);
    expect(left.slice(-16)).toEqual(Array.from({ length: 16 }, (_, i) => 24 + i));
    expect(left.slice(0, -16)).toEqual([3, 7, 11, 15, 19, 23]);
  });
});
