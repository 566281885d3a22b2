import { loadavg } from "node:os";
import { findBrowser } from "@tilebook/cli";
import { type Browser, chromium } from "playwright-core";
import { chromiumFlags } from "../rig/chromium-flags.ts";
import { openPair, type Pair } from "../rig/rooms/pair.ts";
import { serveRooms } from "../rig/rooms/site.ts";

/**
 * npm run bench:control - between two pages of Chromium, each in a browser of its own on this machine: how long words to the other page and back take beside
 * 64 MB that go there, and what the receiving page has in memory where it takes them slowly.
 */
export async function main(): Promise<number> {
  const site = await serveRooms();
  const browsers = await Promise.all([launch(), launch()]);
  try {
    const pair = await openPair(site, ...browsers);
    for (let round = 0; round < 3; round++) print(await besideBulk(pair));
    for (const pause of [0, 5, 20]) print(await taken(pair, pause));
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
    site.close();
  }
  return 0;
}

const bytes = 64 * 2 ** 20;

async function besideBulk({ host, id }: Pair): Promise<object> {
  const { trips, ms } = await host.evaluate(([to, many]) => window.rooms.beside(to, many), [
    id,
    bytes,
  ] as const);
  const sorted = trips.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * sorted.length)] ?? NaN).toFixed(1);
  return {
    trips: trips.length,
    p50: at(0.5),
    p95: at(0.95),
    most: sorted.at(-1)?.toFixed(1),
    bulkMs: Math.round(ms),
  };
}

/** `pause`: milliseconds in which the receiver takes 64 KB. */
async function taken({ host, guest, id, guestMemory }: Pair, pause: number): Promise<object> {
  await guest.evaluate((ms) => (window.rooms.slowly(ms), void window.rooms.held()), pause);
  const before = await guestMemory();
  let most = before;
  const watch = setInterval(() => void guestMemory().then((now) => (most = Math.max(most, now))), 50);
  const start = performance.now();
  await host.evaluate(([to, many]) => window.rooms.send(to, many), [id, bytes] as const);
  const ms = Math.round(performance.now() - start);
  clearInterval(watch);
  const held = await guest.evaluate(() => window.rooms.held());
  return {
    pause,
    ms,
    heldMiB: (held / 2 ** 20).toFixed(2),
    grownMiB: ((most - before) / 2 ** 20).toFixed(1),
  };
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser("chromium")?.path ?? "", args: [...chromiumFlags] });
}

function print(figures: object): void {
  process.stdout.write(`${JSON.stringify({ ...figures, load: loadavg()[0]?.toFixed(1) })}\n`);
}
