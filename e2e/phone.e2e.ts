import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, openText, until, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

/** Of the page, inside functions that run there. */
declare const document: {
  readonly scrollingElement: { readonly scrollWidth: number };
  readonly querySelector: (selector: string) => object | null;
};
declare const innerWidth: number;

const phone = { width: 390, height: 844, touch: true } as const;

/** An element, as far as we measure it. */
interface Sized {
  readonly scrollHeight: number;
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

/** How far the page reaches beyond the right edge of the phone, in pixels. */
async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
}

const small = `# On a phone

Some text with $x^2$ and \`code\`.

\`\`\`ts {#setting run=auto}
const half = slider("half", { min: 0, max: 10, step: 1, value: 3 });
\`\`\`

\`\`\`ts {#twice run=auto}
const twice = 2 * half;
twice
\`\`\`

\`\`\`ts {#work}
const grid = random.normal([64, 300], { seed: 1 }).softmax(1); // a comment that is much longer than a phone is wide
grid
\`\`\`
`;

describe("on a phone", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[H1] the gallery's first notebook opens, runs by itself and fits", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "#g=attention", ...phone });
    await page.getByRole("heading", { name: "Attention is a soft dictionary" }).waitFor();
    expect(await overhang(page)).toBe(0);
    await shoot(page, "phone-top");
    await waitForStatus(page, "vote", /fresh|failed/);
    expect((await cellNamed(page, "classify")).fault).toBeUndefined();
    for (const id of ["digits", "flash", "classify", "gaze", "vote", "three"]) {
      await page.locator(`#cell-${id}`).scrollIntoViewIfNeeded();
      expect(await overhang(page), `at ${id}`).toBe(0);
      await shoot(page, `phone-${id}`);
    }
    expect(problems).toEqual([]);
    await close();
  });

  test("[H2] a cell is edited in a plain field and run with a thumb", async () => {
    const { page, close } = await openNotebook(browser, phone);
    await openText(page, small);
    const cell = page.locator("#cell-twice");
    await cell.getByRole("button", { name: "Run this cell" }).tap();
    await waitForStatus(page, "twice", /fresh/);
    const field = cell.locator("textarea");
    await field.tap();
    await field.fill("const twice = 20 * half;\ntwice");
    expect(await page.locator(".monaco-editor").count()).toBe(0);
    await cell.getByRole("button", { name: "Run this cell" }).tap();
    await cell.locator(".outputs", { hasText: "60" }).waitFor();
    expect(await overhang(page)).toBe(0);
    await shoot(page, "phone-edit");
    await close();
  });

  test("[H6] long lines of code go on below, in the field as in the letters under it", async () => {
    const { page, close } = await openNotebook(browser, phone);
    await openText(page, small);
    const cell = page.locator("#cell-work");
    const heights = await Promise.all(
      ["textarea", ".code-text"].map((layer) =>
        cell.locator(layer).evaluate(({ scrollHeight }: Sized) => scrollHeight),
      ),
    );
    expect(heights[0]).toBe(heights[1]);
    const first = await cell.locator(".code-line").first().boundingBox();
    expect(first?.height).toBeGreaterThan(2 * 24);
    const sideways = await cell
      .locator(".text-editor")
      .evaluate(({ scrollWidth, clientWidth }: Sized) => scrollWidth - clientWidth);
    expect(sideways).toBe(0);
    await close();
  });

  test("[H3] the slider moves under a finger and the result follows", async () => {
    const { page, close } = await openNotebook(browser, phone);
    await openText(page, small);
    await page.locator("#cell-twice").getByRole("button", { name: "Run this cell" }).tap();
    await waitForStatus(page, "twice", /fresh/);
    const slider = page.getByRole("slider", { name: "half" });
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    if (box === null) throw new Error("the slider has no place");
    await page.touchscreen.tap(box.x + box.width * 0.8, box.y + box.height / 2);
    await page.locator("#cell-twice .outputs", { hasText: "16" }).waitFor();
    expect((await cellNamed(page, "setting")).inputs).toEqual({ half: 8 });
    await shoot(page, "phone-slider");
    await close();
  });

  test.each(["Contents", "Kernels", "Device"])("[H4] %s opens as a sheet and closes", async (panel) => {
    const { page, close } = await openNotebook(browser, phone);
    await openText(page, small);
    await page.locator("#cell-work").getByRole("button", { name: "Run this cell" }).tap();
    await waitForStatus(page, "work", /fresh/);
    await page.getByRole("button", { name: "Menu" }).tap();
    await shoot(page, "phone-menu");
    await page.getByRole("menuitem", { name: panel }).tap();
    const sheet = page.getByRole("complementary", { name: panel });
    await sheet.waitFor();
    // It slides in, and then stands on the lower edge.
    const edges = async () => {
      const box = await sheet.boundingBox();
      return { left: box?.x, width: box?.width, bottom: Math.round((box?.y ?? 0) + (box?.height ?? 0)) };
    };
    await expect.poll(edges).toEqual({ left: 0, width: phone.width, bottom: phone.height });
    expect(await overhang(page)).toBe(0);
    await shoot(page, `phone-${panel.toLowerCase()}`);
    await sheet.getByRole("button", { name: "Close" }).tap();
    await sheet.waitFor({ state: "detached" });
    await close();
  });

  test("[H5] cells are added and deleted with a thumb", async () => {
    const { page, close } = await openNotebook(browser, phone);
    await openText(page, small);
    await page.getByRole("button", { name: "Code", exact: true }).last().tap();
    await until(page, () => document.querySelector("textarea:focus") !== null, 10);
    await page.keyboard.type("6 * 7");
    const cell = page.locator("section.cell").last();
    await cell.getByRole("button", { name: "Run this cell" }).tap();
    await cell.locator(".outputs", { hasText: "42" }).waitFor();
    await shoot(page, "phone-added");
    await cell.getByRole("button", { name: "Delete" }).tap();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    expect(await page.locator("section.cell").count()).toBe(4);
    await page.getByRole("button", { name: "Undo" }).tap();
    await page.locator(".outputs", { hasText: "42" }).waitFor();
    expect(await overhang(page)).toBe(0);
    await close();
  });
});
