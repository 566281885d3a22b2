import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { PeersDoor } from "./peers.ts";
import { siteForTests } from "./rig.ts";

declare const window: { readonly peers: PeersDoor };

const rig = siteForTests();

/** The product of the page's matrices. */
function wanted(): number[] {
  const [m, k, n] = [64, 32, 16];
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let i = 0; i < k; i += 1) sum += (((row * k + i) % 7) - 3) * (((i * n + column) % 5) - 2);
    return sum;
  });
}

describe("devices for others in Chromium", () => {
  let page: Page;

  beforeAll(async () => {
    page = await (await rig.browser.newContext()).newPage();
    await page.goto(`${rig.site.url}peers.html`);
    await page.waitForFunction(() => "peers" in window);
  }, 60_000);

  test("[PB1] two ranks of a page, each in a frame with a GPU device of its own, compute what a group sends", async () => {
    const { kinds, values, peerBytes } = await page.evaluate(() => window.peers.multiply());
    expect(kinds).toEqual(["gpu", "gpu"]);
    expect(values).toEqual(wanted());
    // Its half of the left matrix and of the product, and the right one.
    expect(peerBytes).toBe(4 * (32 * 32 + 32 * 16 + 32 * 16));
  });

  test("[PB2] without a GPU they compute the same on the interpreter", async () => {
    const { kinds, values } = await page.evaluate(() => window.peers.multiply(true));
    expect(kinds).toEqual(["interpreter", "interpreter"]);
    expect(values).toEqual(wanted());
  });

  test("[PB3] when the browser's GPU process dies, the worker goes on with the next one: what was sent is there, and it computes", async () => {
    const ended = page.evaluate(() => window.peers.crash());
    await rig.site.report("ready to crash");
    const session = await rig.browser.newBrowserCDPSession();
    await session.send("Browser.crashGpuProcess").catch(() => undefined);
    const { first, events, next } = await ended;
    expect(events).toContain("lost");
    expect(first).toBe("read");
    expect(next).toBe(wanted()[0]);
  });
});
