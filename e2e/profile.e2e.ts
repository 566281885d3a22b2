import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, runText, troubles, waitForStatus } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
import { shoot } from "./rig/shoot.ts";

/** The gallery's ladder of matrix multiplications, with the smallest of the sizes it offers. */
const ladder = readFileSync(
  fileURLToPath(new URL("../public/notebooks/matmul-ladder.nb.md", import.meta.url)),
  "utf8",
).replace('"1024"], "256")', '"1024"], "128")');

/** Two kernels; the second reads what it writes. */
const text = `# Profiles

\`\`\`ts {#kernels}
const add = kernel((x: Ptr, y: Ptr, z: Ptr, n: i32) => {
  const at = programId(0) * 256 + arange(256);
  store(z + at, load(x + at, at < n) + load(y + at, at < n), at < n);
});
const double = kernel((x: Ptr, n: i32) => {
  const at = programId(0) * 256 + arange(256);
  store(x + at, load(x + at, at < n) * 2, at < n);
});
\`\`\`

\`\`\`ts {#use}
const x = random.normal(10_000, { seed: 1 });
const sum = add.launch(40, x, x, out(10_000), 10_000);
const twice = double.launch(40, out(10_000, "f32", { from: sum }), 10_000);
twice
\`\`\`
`;

const phone = { width: 390, height: 844, touch: true } as const;
const patient = { timeout: 90_000 } as const;

const panelOf = (page: Page): Locator => page.getByRole("complementary", { name: "Kernels" });
const progress = (panel: Locator): Locator => panel.locator(".profile-progress");
const rows = (panel: Locator): Locator => panel.locator(".roofline-table tbody tr");

/** Opens the panel on a cell that has run. */
async function look(page: Page, cell: string): Promise<Locator> {
  await page.locator(`#cell-${cell}`).hover();
  await page.locator(`#cell-${cell}`).getByRole("button", { name: "Show its kernels" }).click();
  return panelOf(page);
}

/** What is said, number by number. */
async function numbersOf(panel: Locator): Promise<Readonly<Record<string, number>>> {
  const all = panel.locator(".profile-numbers > div");
  const pairs = await all.evaluateAll((items) =>
    items.map((item) => [
      item.querySelector("button")?.textContent ?? "",
      Number.parseFloat(item.querySelector("dd")?.textContent.replaceAll(",", "") ?? ""),
    ]),
  );
  return Object.fromEntries(pairs) as Record<string, number>;
}

/** Where the points stand, and how large the chart is. */
async function chartOf(panel: Locator): Promise<{
  readonly points: readonly (readonly [number, number])[];
  readonly size: readonly [number, number];
}> {
  return panel.locator("svg.roofline").evaluate((svg) => ({
    points: Array.from(svg.querySelectorAll(".roofline-point"), (point) => {
      const circle = point.querySelector("circle");
      return [Number(circle?.getAttribute("cx")), Number(circle?.getAttribute("cy"))] as const;
    }),
    size: [svg.clientWidth, svg.clientHeight] as const,
  }));
}

describe("profiles", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[F1] a launch of the gallery's ladder: time, rates, share, reasons; then all rungs on the chart", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, ladder))).toEqual([]);
    const panel = await look(page, "measure");
    await panel.getByRole("combobox", { name: "measure" }).selectOption({ label: "grouped" });
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.locator(".profile-numbers").waitFor(patient);
    const numbers = await numbersOf(panel);
    expect(Object.keys(numbers)).toEqual([
      "one launch",
      "arithmetic",
      "memory",
      "operations a byte",
      "of this device’s best",
    ]);
    for (const value of Object.values(numbers)) {
      expect(value).toBeGreaterThan(0);
      expect(Number.isFinite(value)).toBe(true);
    }
    // 2 * 128^3 operations of the product and a few of the sums, over three matrices.
    expect(numbers["operations a byte"]).toBeGreaterThan((2 * 128 ** 3) / (3 * 128 ** 2 * 4));
    expect(await panel.locator(".profile-reasons li").count()).toBeGreaterThan(0);
    await panel.getByRole("button", { name: "one launch", exact: true }).hover();
    await panel.getByRole("tooltip").filter({ hasText: "by the GPU’s own clock" }).waitFor();
    await page.mouse.move(5, 5);
    await progress(panel).waitFor({ state: "detached", ...patient });
    await panel.getByRole("button", { name: "Measure all kernels of measure" }).click();
    await progress(panel).waitFor();
    await progress(panel).waitFor({ state: "detached", ...patient });
    // Seven rungs, a.matmul(b), and what compares them.
    expect(await rows(panel).count()).toBeGreaterThanOrEqual(8);
    const { points, size } = await chartOf(panel);
    expect(points.length).toBeGreaterThanOrEqual(8);
    for (const [x, y] of points) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(size[0]);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(size[1]);
    }
    // A point tells its numbers, and leads to its kernel.
    const naive = panel.locator(".roofline-point[aria-label^=naive]");
    await naive.focus();
    await panel.locator(".roofline-told", { hasText: /^naive: .* of this device’s best$/ }).waitFor();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => panel.getByRole("combobox", { name: "measure" }).locator("option:checked").innerText())
      .toBe("naive");
    await panel.locator(".profile-reasons li").first().waitFor();
    await shoot(page, "profile-ladder");
    expect(problems).toEqual([]);
    await close();
  });

  test("[F2] measuring can be stopped; the cell runs to its end, and what was measured stays", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, ladder))).toEqual([]);
    const before = (await cellNamed(page, "measure")).cost?.milliseconds;
    const panel = await look(page, "measure");
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.locator(".profile-numbers").waitFor(patient);
    await progress(panel).waitFor({ state: "detached", ...patient });
    await panel.getByRole("button", { name: "Measure all kernels of measure" }).click();
    await panel.getByRole("button", { name: "Stop measuring" }).click();
    await progress(panel).waitFor({ state: "detached" });
    expect((await waitForStatus(page, "measure", /fresh/)).status).toBe("fresh");
    expect(await rows(panel).count()).toBeGreaterThanOrEqual(1);
    // What a profile takes is no cost of the cell.
    expect((await cellNamed(page, "measure")).cost?.milliseconds).toBe(before);
    // It can be measured again after that.
    await panel.getByRole("button", { name: "Measure again" }).click();
    await progress(panel).waitFor();
    await progress(panel).waitFor({ state: "detached", ...patient });
    expect(await panel.locator(".profile-fault").count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[F3] what is written in place is measured on copies; the device is measured once and kept", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, text))).toEqual([]);
    const shown = (): Promise<string> => page.locator("#cell-use .outputs").innerText();
    const result = await shown();
    const panel = await look(page, "use");
    await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "double" });
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.getByText("Measuring what this device can do, once…").waitFor();
    await panel.locator(".profile-numbers").waitFor(patient);
    await panel.getByRole("button", { name: "one launch", exact: true }).hover();
    await panel.getByRole("tooltip").filter({ hasText: "each launch began with fresh copies" }).waitFor();
    await progress(panel).waitFor({ state: "detached", ...patient });
    expect(await shown()).toBe(result);
    // Back to the texts, by the same button.
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.locator(".stage-pane").first().waitFor();
    await page.reload();
    await runText(page, text);
    await page.getByRole("button", { name: "Device" }).first().click();
    const device = page.getByRole("complementary", { name: "Device" });
    await device.getByText(/GFLOP\/s in f32 · .* GB\/s/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test("[F4] on a phone all of it fits the width", async () => {
    const { page, problems, close } = await openNotebook(browser, phone);
    expect(troubles(await runText(page, text))).toEqual([]);
    await page.getByRole("button", { name: "Menu" }).tap();
    await page.getByRole("menuitem", { name: "Kernels" }).tap();
    const panel = panelOf(page);
    await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "add" });
    await panel.getByRole("button", { name: "Profile", exact: true }).tap();
    await panel.locator("svg.roofline").waitFor(patient);
    await progress(panel).waitFor({ state: "detached", ...patient });
    await shoot(page, "profile-phone");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    const body = page.locator(".side-panel-body");
    expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    const { points, size } = await chartOf(panel);
    expect(size[0]).toBeLessThanOrEqual(390);
    expect(points).toHaveLength(1);
    // Nothing is squeezed to nothing: each part has its place below the one before.
    const places = await panel
      .locator(".kernel-facts, .profile-tools, .profile-reasons, svg.roofline, .roofline-table")
      .evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect()).map(({ top, height }) => ({ top, height })),
      );
    expect(places.length).toBe(6);
    places.forEach(({ top, height }, at) => {
      const above = places[at - 1];
      expect(height).toBeGreaterThan(20);
      if (above !== undefined) expect(top).toBeGreaterThanOrEqual(above.top + above.height - 1);
    });
    await panel.locator(".roofline-point").tap();
    await panel.locator(".roofline-told", { hasText: "operations a byte" }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test("[F4b] the chart stands at once, also where no frame says how wide its place is", async () => {
    const { page, problems, close } = await openNotebook(browser);
    expect(troubles(await runText(page, text))).toEqual([]);
    await page.evaluate(() => {
      ResizeObserver.prototype.observe = () => undefined;
    });
    const panel = await look(page, "use");
    await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "add" });
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.locator("svg.roofline .roofline-point").first().waitFor(patient);
    await progress(panel).waitFor({ state: "detached", ...patient });
    // What does no arithmetic has no point, and is told why.
    await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "copy" });
    await panel.getByRole("button", { name: "Measure this launch" }).click();
    await panel
      .locator(".roofline-told", { hasText: /^copy: .* GB\/s.*no arithmetic, so it has no point/ })
      .waitFor(patient);
    expect(problems).toEqual([]);
    await close();
  });

  test("[F5] without a GPU it says that there is nothing to measure", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "?interpreter" });
    expect(troubles(await runText(page, text))).toEqual([]);
    const panel = await look(page, "use");
    await panel.getByRole("button", { name: "Profile", exact: true }).click();
    await panel.locator(".profile-fault", { hasText: "there is no GPU to measure" }).waitFor(patient);
    expect((await waitForStatus(page, "use", /fresh/)).status).toBe("fresh");
    expect(problems).toEqual([]);
    await close();
  });
});

describe("profiles in Firefox", () => {
  let browser: Awaited<ReturnType<typeof launchFirefox>>;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser.close());

  test("[F6] a launch has its time, and says by which clock", async () => {
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(inject("site"));
    expect(troubles(await runText(doorOf(page), text))).toEqual([]);
    await page.keyboard.press("p");
    await page.waitForSelector(".kernel-actions .button");
    // Which kernel is the dearest is the clock's to say; one of them copies, and has no point.
    const choice = await page.waitForSelector(".kernel-choice select");
    await choice?.select(
      await page.$$eval(
        ".kernel-choice option",
        (all) => all.find(({ textContent }) => textContent === "add")?.value ?? "",
      ),
    );
    await page.click(".kernel-actions .button[aria-pressed]");
    await page.waitForSelector(".profile-numbers", { timeout: 90_000 });
    const numbers = await page.$eval(".profile-numbers", (list) => list.textContent);
    expect(numbers).toMatch(
      /measurements? of .* launch.*, by (the GPU’s own clock|the time until the result was there)/,
    );
    expect(numbers).toMatch(/[\d.]+ GB\/s/);
    await page.waitForSelector("svg.roofline .roofline-point", { timeout: 60_000 });
    await shoot(page, "profile-firefox");
  });
});
