import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import { Dangers, openDangers } from "./dangers.ts";

/** Pages over one disk; those in `alive` are still there. */
function disk(): { readonly alive: Set<string>; readonly page: (own: string) => Dangers } {
  const alive = new Set<string>();
  const database = openDangers(`dangers ${Math.random()}`);
  return {
    alive,
    page: (own) => {
      alive.add(own);
      return new Dangers(database, { own, isThere: async (page) => alive.has(page) });
    },
  };
}

describe("the crash ledger on the disk", () => {
  test("[CL1] what came back may be done again, what did not may not, by this page or the next", async () => {
    const { alive, page } = disk();
    const first = page("first");
    expect(await first.begin("blur", "run")).toBe(true);
    first.end("blur");
    expect(await first.begin("blur", "run")).toBe(true);
    expect(await first.begin("blur", "run")).toBe(false);
    alive.delete("first");
    const next = page("next");
    expect(await next.begin("blur", "compile")).toBe(false);
    expect(await next.begin("sharpen", "compile")).toBe(true);
  });

  test("[CL2] what another page does at this moment is no crash", async () => {
    const { page } = disk();
    const [first, second] = [page("first"), page("second")];
    expect(await first.begin("blur", "run")).toBe(true);
    expect(await second.begin("blur", "run")).toBe(true);
    second.end("blur");
    // The first one's entry is its own.
    expect(await first.begin("blur", "run")).toBe(false);
  });

  test("[CL3] the person's word takes it off the list", async () => {
    const { alive, page } = disk();
    await page("first").begin("blur", "run");
    await page("first").begin("sharpen", "run");
    alive.delete("first");
    const next = page("next");
    await next.allow(["blur"]);
    expect(await next.begin("blur", "run")).toBe(true);
    expect(await next.begin("sharpen", "run")).toBe(false);
  });

  test("[CL4] without storage it fails, and the run goes on without it", async () => {
    const none = Promise.reject(new Error("no storage"));
    const dangers = new Dangers(none, { own: "a", isThere: async () => false });
    await expect(dangers.begin("blur", "run")).rejects.toThrow("no storage");
    dangers.end("blur");
  });
});
