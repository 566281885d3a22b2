import { encodeLink } from "@tilebook/notebook";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellsOf, until } from "./rig/door.ts";
import { hostile, startTrap } from "./rig/hostile.ts";
import { shoot } from "./rig/shoot.ts";

declare const window: { readonly tilebook?: unknown };
declare const localStorage: { setItem(key: string, value: string): void };

describe("a notebook opened from a link", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[L1] runs nothing before a click, and reaches nothing after it", async () => {
    const trap = await startTrap();
    const { page, close } = await openNotebook(browser);
    await page.evaluate(() => localStorage.setItem("canary", "bird"));
    const link = await encodeLink(hostile(trap.url));
    await page.goto("about:blank");
    await page.goto(inject("site") + link);
    await until(page, () => window.tilebook !== undefined, 30);
    await page.getByText("Hostile").first().waitFor();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = (await cellsOf(page)).filter((cell) => cell.kind !== "prose");
    expect(before.map(({ status, fault }) => [status, fault])).toEqual([["never", undefined]]);
    await shoot(page, "link-before-click");
    expect(await page.locator(".prose :is(iframe, script, style, a, [src])").count()).toBe(0);

    await page.getByRole("button", { name: "Run", exact: true }).click();
    for (let tries = 0; tries < 200; tries++) {
      const attack = (await cellsOf(page)).find((cell) => cell.id === "attack");
      if (attack?.status === "fresh" || attack?.status === "failed") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const attack = (await cellsOf(page)).find((cell) => cell.id === "attack");
    expect(attack?.fault).toBeUndefined();
    expect(attack?.status).toBe("fresh");
    expect(attack?.outputs[0]).toMatchObject({ kind: "value", value: { kind: "list", size: 0 } });
    await shoot(page, "link-after-click");
    expect(trap.hits).toEqual([]);
    // The trap works: the page's own context reaches it when nothing is in the way.
    const control = await browser.newPage();
    await control.goto(`${trap.url}/control`);
    expect(trap.hits[0]).toBe("/control");
    trap.server.close();
    await close();
  });

  test("[L2] a broken link says what is wrong with it and opens nothing", async () => {
    const { page, close } = await openNotebook(browser, { path: "#n1=%%%%" });
    await page.getByText("This notebook cannot be opened").waitFor();
    expect(await page.getByText("link/not-base64url").count()).toBe(1);
    expect(await cellsOf(page)).toEqual([]);
    await shoot(page, "link-broken");
    await close();
  });
});
