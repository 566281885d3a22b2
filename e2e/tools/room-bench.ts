import { loadavg } from "node:os";
import { findBrowser } from "@tilebook/cli";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumFlags } from "../rig/chromium-flags.ts";
import { processorSeconds } from "../rig/processor-time.ts";
import { type RoomsSite, serveRooms } from "../rig/rooms/site.ts";

/**
 * npm run bench:rooms -- [pages ...] - how soon so many pages are in a room, who all open its link at once, or have their page open and join at once: by the
 * relay, in one Chromium on this machine. Beside it, how long it takes to open so many pages and nothing else.
 */
export async function main(words: readonly string[]): Promise<number> {
  const counts = words.length === 0 ? [2, 8, 16] : words.map(Number);
  const site = await serveRooms();
  const browser = await chromium.launch({
    executablePath: findBrowser("chromium")?.path ?? "",
    args: [...chromiumFlags],
  });
  try {
    for (const pages of counts) {
      const [load = 0] = loadavg();
      const figures = {
        pages,
        opened: await measure(browser, site, { pages, act: open }),
        joined: await measure(browser, site, { pages, before: open, act: join }),
        openedAndJoined: await measure(browser, site, { pages, act: joinByLink }),
        load,
      };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
    }
  } finally {
    await browser.close();
    site.close();
  }
  return 0;
}

interface Measured {
  /** Milliseconds until half of the guests, and all of them, were done, from when all began. */
  readonly median: number;
  readonly last: number;
  /** Seconds of processor time that the browser and this process took for it. */
  readonly processor: number;
}

interface Guest {
  readonly page: Page;
  readonly url: string;
  readonly fragment: string;
}

interface MeasureOptions {
  readonly pages: number;
  readonly before?: (guest: Guest) => Promise<unknown>;
  readonly act: (guest: Guest) => Promise<unknown>;
}

async function measure(
  browser: Browser,
  { url }: RoomsSite,
  { pages, before, act }: MeasureOptions,
): Promise<Measured> {
  const contexts = await Promise.all(Array.from({ length: pages }, () => browser.newContext()));
  const [first, ...others] = await Promise.all(contexts.map((context) => context.newPage()));
  if (first === undefined) throw new Error("no page");
  const fragment = await host(first, url);
  const guests = others.map((page) => ({ page, url, fragment }));
  if (before !== undefined) await Promise.all(guests.map((guest) => before(guest)));
  const [start, used] = [performance.now(), processorSeconds()];
  const times = await Promise.all(
    guests.map(async (guest) => {
      await act(guest);
      return performance.now() - start;
    }),
  );
  const processor = Number((processorSeconds() - used).toFixed(2));
  await Promise.all(contexts.map((context) => context.close()));
  const sorted = times.toSorted((a, b) => a - b);
  const [median, last] = [sorted[Math.floor(sorted.length / 2)] ?? NaN, sorted.at(-1) ?? NaN];
  return { median: Math.round(median), last: Math.round(last), processor };
}

async function host(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.waitForFunction(() => window.rooms !== undefined);
  const links = await page.evaluate(() =>
    window.rooms.host(["relay"], { autoAdmit: true, locked: false, cap: 400 }),
  );
  return links.compute;
}

async function open({ page, url }: Guest): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => window.rooms !== undefined);
}

async function join({ page, fragment }: Guest): Promise<void> {
  await page.evaluate((link) => window.rooms.join(["relay"], link, "guest"), fragment);
  await isIn(page);
}

async function joinByLink({ page, url, fragment }: Guest): Promise<void> {
  await page.goto(url + fragment);
  await isIn(page);
}

async function isIn(page: Page): Promise<void> {
  await page.waitForFunction(() => window.rooms?.joined?.state.kind === "in", undefined, { polling: 50 });
}
