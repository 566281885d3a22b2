import { loadavg } from "node:os";
import { addressHere, findBrowser, startHub } from "@tilebook/cli";
import { hubCode } from "@tilebook/mesh/hub";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumFlags } from "../rig/chromium-flags.ts";
import { type RoomsSite, serveRooms } from "../rig/rooms/site.ts";

const dials = 20;
const mebibyte = 2 ** 20;
const sizes = 32 * mebibyte;

/** npm run bench:hub - how soon a page is connected to a hub, and how fast two pages are that connect directly, and by the hub's switch: in Chromium on this machine. */
export async function main(_: readonly string[], root: string): Promise<number> {
  const site = await serveRooms();
  const hub = await startHub(root, { host: addressHere(), port: 0 });
  const browser = await chromium.launch({
    executablePath: findBrowser("chromium")?.path ?? "",
    args: [...chromiumFlags],
  });
  const code = hubCode(hub.address);
  const figures = {
    dial: await dialed(await open(browser, site), code),
    direct: await speed(browser, site, code, false),
    switched: await speed(browser, site, code, true),
    load: loadavg()[0],
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await browser.close();
  hub.close();
  site.close();
  return 0;
}

/** Milliseconds of so many connections, one after the other. */
async function dialed(page: Page, code: string): Promise<{ readonly median: number; readonly last: number }> {
  const times: number[] = [];
  for (let at = 0; at < dials; at++) times.push(await page.evaluate((to) => window.rooms.dial(to), code));
  const sorted = times.toSorted((a, b) => a - b);
  return { median: Math.round(sorted[dials / 2] ?? NaN), last: Math.round(sorted.at(-1) ?? NaN) };
}

/** MB a second from a guest to its host, the best of three. */
async function speed(browser: Browser, site: RoomsSite, code: string, hide: boolean): Promise<number> {
  const [host, guest] = await Promise.all([open(browser, site), open(browser, site)]);
  const way = `hub ${code}` as const;
  const links = await host.evaluate(
    (by) => window.rooms.host([by], { autoAdmit: true, locked: false, cap: 2 }),
    way,
  );
  const rates = await guest.evaluate(
    async ([by, link, isHidden, bytes]) => {
      window.rooms.hide = isHidden;
      await window.rooms.join([by], link, "guest");
      while (window.rooms.joined?.state.kind !== "in") await new Promise((next) => setTimeout(next, 20));
      const [room = ""] = link.slice("#r=".length).split(".");
      const found: number[] = [];
      for (let turn = 0; turn < 3; turn++) {
        const start = performance.now();
        await window.rooms.send(room, bytes);
        found.push(bytes / 1_000 / (performance.now() - start));
      }
      return found;
    },
    [way, links.compute, hide, sizes] as const,
  );
  await Promise.all([host, guest].map((page) => page.context().close()));
  return Math.round(10 * Math.max(...rates)) / 10;
}

async function open(browser: Browser, site: RoomsSite): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.url);
  await page.waitForFunction(() => window.rooms !== undefined);
  return page;
}
