import { loadavg } from "node:os";
import { softwareGpuFlags, findBrowser } from "@tilebook/cli";
import { type Browser, chromium, type Page } from "playwright-core";
import { type RoomsSite, serveRooms } from "../rig/rooms/site.ts";

/** npm run bench:rooms -- [pages ...] - how soon so many pages that open a link at once are in a room: of the relay, in Chromium on this machine. */
export async function main(words: readonly string[]): Promise<number> {
  const counts = words.length === 0 ? [2, 8, 16] : words.map(Number);
  const site = await serveRooms();
  const browser = await chromium.launch({
    executablePath: findBrowser("chromium")?.path ?? "",
    args: [...softwareGpuFlags],
  });
  try {
    for (const count of counts)
      process.stdout.write(`${JSON.stringify(await measure(browser, site, count))}\n`);
  } finally {
    await browser.close();
    site.close();
  }
  return 0;
}

interface Measured {
  readonly pages: number;
  /** Milliseconds from a guest's navigation until it was in: the median, and the last. */
  readonly median: number;
  readonly last: number;
  /** From when the first guest was opened until all were in. */
  readonly all: number;
  readonly load: number;
}

async function measure(browser: Browser, site: RoomsSite, pages: number): Promise<Measured> {
  const [load = 0] = loadavg();
  const contexts = await Promise.all(Array.from({ length: pages }, () => browser.newContext()));
  const [first, ...guests] = await Promise.all(contexts.map((context) => context.newPage()));
  if (first === undefined) throw new Error("no page");
  const fragment = await open(first, site.url);
  const start = performance.now();
  const times = await Promise.all(guests.map((guest) => join(guest, site.url + fragment)));
  const all = performance.now() - start;
  await Promise.all(contexts.map((context) => context.close()));
  const sorted = times.toSorted((a, b) => a - b);
  const [median, last] = [sorted[Math.floor(sorted.length / 2)] ?? NaN, sorted.at(-1) ?? NaN];
  return { pages, median: Math.round(median), last: Math.round(last), all: Math.round(all), load };
}

async function open(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.waitForFunction(() => window.rooms !== undefined);
  const links = await page.evaluate(() =>
    window.rooms.host(["relay"], { autoAdmit: true, locked: false, cap: 400 }),
  );
  return links.compute;
}

async function join(page: Page, url: string): Promise<number> {
  await page.goto(url);
  await page.waitForFunction(() => window.rooms?.joined?.state.kind === "in", undefined, { polling: 50 });
  return page.evaluate(() => window.rooms.states.find(({ say }) => say === "in")?.at ?? NaN);
}
