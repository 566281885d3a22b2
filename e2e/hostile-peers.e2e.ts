import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { flood, type Flood } from "./rig/rooms/floods.ts";
import { memoryOf } from "./rig/rooms/pair.ts";
import { type RoomsSite, serveRooms } from "./rig/rooms/site.ts";

let site: RoomsSite;
/** The host's browser, with a guest who behaves; and one for those who do not. */
let [home, away]: Browser[] = [];
let [host, good]: Page[] = [];
let fragment = "";

beforeAll(async () => {
  [site, home, away] = await Promise.all([serveRooms(), launchChromium(), launchChromium()]);
  [host, good] = [await opened(home, ""), await opened(home, "")];
  const links = await host.evaluate(() =>
    window.rooms.host(["relay"], { autoAdmit: true, locked: false, cap: 30 }),
  );
  fragment = links.compute;
  await good.evaluate((to) => window.rooms.join(["relay"], to, "good"), fragment);
  await good.waitForFunction(() => window.rooms.joined?.state.kind === "in");
});
afterAll(async () => {
  await Promise.all([home?.close(), away?.close()]);
  site.close();
});

async function opened(browser: Browser | undefined, more: string): Promise<Page> {
  const context = await browser?.newContext();
  if (context === undefined) throw new Error("no browser");
  const page = await context.newPage();
  await page.goto(site.url + more);
  await page.waitForFunction(() => window.rooms !== undefined);
  return page;
}

function at(page: Page | undefined): Page {
  if (page === undefined) throw new Error("no page");
  return page;
}

/** Bytes that the pages of the host's browser have in memory. */
function memory(): Promise<number> {
  if (home === undefined) throw new Error("no browser");
  return memoryOf(home);
}

describe("a guest who is hostile", () => {
  test.each<Flood>(["messages", "noise", "frames", "bytes", "channels", "foreign"])(
    "[HP1] floods the host with %s: it is cut within two seconds, and the others notice nothing",
    async (kind) => {
      const bad = await opened(away, fragment);
      await bad.waitForFunction(() => window.rooms.joined?.state.kind === "in");
      const id = await bad.evaluate(() => window.rooms.joined?.id ?? "");
      await at(host).waitForFunction((one) => window.rooms.hosted?.link(one) !== undefined, id);
      await at(host).evaluate(() => void window.rooms.busy());
      const before = await memory();
      const cut = at(host).evaluate(
        (one) =>
          new Promise<number>((resolve) => {
            const start = performance.now();
            const look = setInterval(() => {
              if (window.rooms.hosted?.members.some((member) => member.id === one && member.state === "in"))
                return;
              clearInterval(look);
              resolve(performance.now() - start);
            }, 20);
          }),
        id,
      );
      await bad.evaluate(flood, kind);
      const ms = await cut;
      const grown = (await memory()) - before;
      const busy = await at(host).evaluate(() => window.rooms.busy());
      expect(ms).toBeLessThan(2_000);
      expect(busy).toBeLessThan(1_000);
      expect(grown).toBeLessThan(64 * 2 ** 20);
      expect(await at(good).evaluate(() => window.rooms.states.map(({ say }) => say))).toEqual(["in"]);
      expect(
        await at(good).evaluate(
          (to) => window.rooms.send(to, 100_000),
          await at(host).evaluate(() => window.rooms.hosted?.id ?? ""),
        ),
      ).toBe(true);
      await bad.waitForFunction(() =>
        window.rooms.states.some(({ say }) => say.startsWith("refused violation")),
      );
      await bad.close();
    },
  );

  test.each<Flood>(["messages", "noise", "bytes", "channels", "foreign"])(
    "[HP2] floods the host with %s while it waits at the door: it is cut, and the others notice nothing",
    async (kind) => {
      const door = (autoAdmit: boolean): Promise<void> =>
        at(host).evaluate((auto) => {
          const { hosted } = window.rooms;
          if (hosted !== undefined) hosted.policy = { ...hosted.policy, autoAdmit: auto };
        }, autoAdmit);
      await door(false);
      const bad = await opened(away, fragment);
      await bad.waitForFunction(() => window.rooms.joined?.state.kind === "knocking");
      const before = await memory();
      await bad.evaluate(flood, kind);
      await bad.waitForFunction(() => window.rooms.states.some(({ say }) => say.startsWith("meeting mesh/")));
      expect((await memory()) - before).toBeLessThan(64 * 2 ** 20);
      await bad.close();
      await at(host).waitForFunction(() => window.rooms.hosted?.waiting.length === 0);
      await door(true);
      expect(await at(good).evaluate(() => window.rooms.states.map(({ say }) => say))).toEqual(["in"]);
    },
  );

  test("[HP3] who sees all that goes to the site and over its relay finds no secret there", async () => {
    const secrets = fragment.split(".").slice(2);
    const said = await Promise.all([host, good].map((page) => at(page).evaluate(() => window.rooms.said)));
    const all = [...said.flat(), ...site.requests].join("\n");
    expect(said.flat().length).toBeGreaterThan(4);
    expect(secrets.map((secret) => [secret.length, all.includes(secret)])).toEqual([[22, false]]);
    // Nor who is there: not even the addresses of the two.
    expect(all).not.toMatch(/candidate|fingerprint|a=ice|peerId/u);
  });
});
