import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { openPair, type Pair } from "./rig/rooms/pair.ts";
import { type RoomsSite, serveRooms } from "./rig/rooms/site.ts";

const mebibyte = 2 ** 20;

describe("a link between two pages", () => {
  let site: RoomsSite;
  let browsers: Browser[];
  let pair: Pair;
  beforeAll(async () => {
    const [served, ...launched] = await Promise.all([serveRooms(), launchChromium(), launchChromium()]);
    [site, browsers] = [served, launched];
    const [home, away] = launched;
    if (home === undefined || away === undefined) throw new Error("no browsers");
    pair = await openPair(served, home, away);
  });
  afterAll(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    site.close();
  });

  test("[LP1] 64 MB for a page that takes them slowly wait at their sender: it never has more than a stream may be ahead", async () => {
    const { host, guest, id } = pair;
    await guest.evaluate(() => (window.rooms.slowly(4), void window.rooms.held()));
    const before = await pair.guestMemory();
    const sent = host.evaluate((to) => window.rooms.send(to, 64 * 2 ** 20), id);
    let most = 0;
    const watch = setInterval(() => void pair.guestMemory().then((now) => (most = Math.max(most, now))), 100);
    expect(await sent).toBe(true);
    clearInterval(watch);
    const held = await guest.evaluate(() => (window.rooms.slowly(0), window.rooms.held()));
    expect(held).toBeGreaterThan(64 * 1024);
    expect(held).toBeLessThanOrEqual(8 * mebibyte);
    // A link's credit is at most 32 MiB; what else a page needs meanwhile is in this, too.
    expect(most - before).toBeLessThan(32 * mebibyte);
  });

  test("[LP2] words go there and back again and again while 64 MB are on their way", async () => {
    const { host, id } = pair;
    const { trips } = await host.evaluate((to) => window.rooms.beside(to, 64 * 2 ** 20), id);
    // One that waited for the bytes to have gone would be the only one.
    expect(trips.length).toBeGreaterThan(5);
  });
});
