// What a mesh of real pages computes: every device a page with a frame, a GPU and links of its own.

import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { checkCount, cellsOf, runText, troubles } from "./rig/door.ts";

const programs = readFileSync(new URL("rig/rooms/programs.nb.md", import.meta.url), "utf8");

/** The page's way in for whoever drives it. */
interface Tilebook {
  readonly tilebook: { runAll(): Promise<unknown> };
}

describe("a room that grows", () => {
  let browser: Browser;
  let context: BrowserContext;
  let host: Page;
  let link: string;
  const guests: Page[] = [];
  const troubled: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    context = await browser.newContext();
    host = await context.newPage();
    await host.goto(`${inject("site")}#home`);
    await runText(host, "# Empty\n");
    await host.getByRole("button", { name: "Room", exact: true }).click();
    await host.getByRole("button", { name: "Open a room" }).click();
    await host.getByLabel("Let everybody in who has the link").check();
    link = await host.getByLabel("Link to join").inputValue();
  });
  afterAll(() => browser.close());

  async function join(): Promise<void> {
    const page = await context.newPage();
    page.on("pageerror", (error) => troubled.push(String(error)));
    await page.goto(link);
    await page.getByRole("button", { name: "Join and compute" }).click();
    guests.push(page);
  }

  test.each([2, 4, 8])(
    "[PE1] %i pages: a product, attention, experts and a step of training are those of one device, for the bytes of the formulas",
    async (devices) => {
      while (guests.length + 1 < devices) await join();
      const panel = host.getByRole("complementary", { name: "Room" });
      await panel.getByText(`${devices} devices`).waitFor({ timeout: 60_000 });
      await expect.poll(() => panel.getByText("looking for its device").count(), { timeout: 60_000 }).toBe(0);
      const cells =
        devices === 2
          ? await runText(host, programs)
          : await host
              .evaluate(() => (window as unknown as Tilebook).tilebook.runAll())
              .then(() => cellsOf(host));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBe(9);
      expect(troubled).toEqual([]);
    },
  );
});
