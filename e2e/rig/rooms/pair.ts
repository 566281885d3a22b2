import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import type { RoomsSite } from "./site.ts";

/** A host and a guest in browsers of their own, so that the memory of each can be seen. */
export interface Pair {
  readonly host: Page;
  readonly guest: Page;
  /** Of the guest, as the host calls it. */
  readonly id: string;
  /** Bytes that the guest's page has in memory, without what nobody can reach any more. */
  guestMemory(this: void): Promise<number>;
}

export async function openPair(site: RoomsSite, home: Browser, away: Browser): Promise<Pair> {
  const [host, guest] = await Promise.all([home, away].map((browser) => opened(browser, site.url)));
  if (host === undefined || guest === undefined) throw new Error("no pages");
  const { compute } = await host.evaluate(() =>
    window.rooms.host(["relay"], { autoAdmit: true, locked: false, cap: 30 }),
  );
  await guest.evaluate((to) => window.rooms.join(["relay"], to, "guest"), compute);
  await guest.waitForFunction(() => window.rooms.joined?.state.kind === "in");
  const id = await guest.evaluate(() => window.rooms.joined?.id ?? "");
  await host.waitForFunction((one) => window.rooms.hosted?.link(one) !== undefined, id);
  const session = await guest.context().newCDPSession(guest);
  const guestMemory = async (): Promise<number> => {
    await session.send("HeapProfiler.collectGarbage");
    return memoryOf(away);
  };
  return { host, guest, id, guestMemory };
}

async function opened(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => window.rooms !== undefined);
  return page;
}

/** Bytes that the pages of a browser have in memory (Linux). */
export async function memoryOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo
    .filter(({ type }) => type === "renderer")
    .reduce((sum, { id }) => sum + pagesOf(id) * 4096, 0);
}

function pagesOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
}
