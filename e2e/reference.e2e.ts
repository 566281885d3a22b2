import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { openText } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

describe("the reference in the gallery", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[RF1] a command opens it; its links go to headings and to the other pages", async () => {
    const { page, problems } = await openNotebook(browser, { path: "" });
    await page.locator(".cell").first().waitFor();
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("dialog").getByRole("combobox").fill("language reference");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The tile language", level: 1 }).waitFor();
    expect(new URL(page.url()).hash).toBe("#g=tile-language");
    await page
      .locator(".prose a", { hasText: /^views$/ })
      .first()
      .click();
    const views = page.getByRole("heading", { name: "Views", level: 3 });
    await expect.poll(() => views.evaluate((heading) => heading === document.activeElement)).toBe(true);
    await expect
      .poll(() => views.evaluate((heading) => heading.getBoundingClientRect().top))
      .toBeLessThan(300);
    expect(new URL(page.url()).hash).toBe("#g=tile-language");
    await shoot(page, "reference");
    await page.locator(".prose a[href='#g=tensors']").first().click();
    await page.getByRole("heading", { name: "Tensors", level: 1 }).waitFor();
    expect(problems).toEqual([]);
  });

  test("[RF3] a link to a heading in any letters goes there; one to none, or of broken bytes, does nothing", async () => {
    const { page, problems } = await openNotebook(browser);
    await openText(page, "[down](#größe-und-mehr) [none](#nowhere) [broken](#%ff)\n\n## Größe und mehr\n");
    const heading = page.getByRole("heading", { name: "Größe und mehr" });
    const before = page.url();
    for (const name of ["none", "broken", "down"]) await page.getByRole("link", { name }).click();
    await expect.poll(() => heading.evaluate((found) => found === document.activeElement)).toBe(true);
    expect(page.url()).toBe(before);
    expect(problems).toEqual([]);
  });

  test("[RF2] on a phone its tables scroll, and the page does not", async () => {
    const { page, problems } = await openNotebook(browser, {
      path: "#g=tile-language",
      width: 390,
      height: 844,
      touch: true,
    });
    await page.getByRole("heading", { name: "The tile language", level: 1 }).waitFor();
    await page.getByRole("heading", { name: "Parameters" }).scrollIntoViewIfNeeded();
    await shoot(page, "reference-phone");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(problems).toEqual([]);
  });
});
