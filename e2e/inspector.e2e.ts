import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { downloaded, launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, openText, runText, troubles } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
import { shoot } from "./rig/shoot.ts";

const text = `# What a kernel becomes

\`\`\`ts {#scale}
const scale = kernel((x: Ptr, y: Ptr, n: i32) => {
  const i = programId(0) * 64 + arange(64);
  const inside = i < n;
  const value = load(x + i, inside);
  const tripled = value * 3;
  store(y + i, tripled + 1, inside);
});
\`\`\`

\`\`\`ts {#use}
const y = scale.launch(2, tensor(Array.from({ length: 100 }, (_, at) => at)), out(100), 100);
y
\`\`\`
`;

/** 32 x 32 blocks of a product, in steps of 16. */
const products = `# Counts

\`\`\`ts {#product}
const product = kernel((a: Ptr, b: Ptr, c: Ptr, n: i32) => {
  const row = programId(1) * 32 + arange(32);
  const column = programId(0) * 32 + arange(32);
  let sum = zeros([32, 32]);
  for (const start of range(0, n, 16)) {
    const k = start + arange(16);
    const left = load(a + expand(row, 1) * n + expand(k, 0));
    const right = load(b + expand(k, 1) * n + expand(column, 0));
    sum = dot(left, right, sum);
  }
  store(c + expand(row, 1) * n + expand(column, 0), sum);
});
\`\`\`

\`\`\`ts {#total}
const total = kernel((x: Ptr, y: Ptr) => {
  store(y + programId(0), sum(load(x + programId(0) * 1024 + arange(1024)), 0));
});
\`\`\`

\`\`\`ts {#use}
const a = random.normal([64, 64], { seed: 1 });
const large = product.launch([2, 2], a, a, out([64, 64]), 64);
const small = product.launch(1, a, a, out([32, 32]), 32);
const sums = total.launch(4, a, out([4]));
[large, small, sums]
\`\`\`
`;

/** Sums of what a row may see: one loop does nothing for the rest, the other counts it. */
const masked = `# Masks

\`\`\`ts {#scale}
const scale = kernel((x: Ptr, y: Ptr, n: i32) => {
  const rows = programId(0) * 16 + arange(16);
  let total = zeros([16]);
  for (const first of range(0, n, 16)) {
    const column = expand(first + arange(16), 0);
    const seen = column <= expand(rows, 1) && column < n;
    total += sum(where(seen, load(x + column, seen), 0), 1);
  }
  for (const first of range(0, n, 16)) {
    const column = expand(first + arange(16), 0);
    const apart = column <= expand(rows, 1);
    total += sum(where(apart, 0, 1), 1);
  }
  store(y + rows, total, rows < n);
});
\`\`\`

\`\`\`ts {#use}
const y = scale.launch(7, tensor.full([100], 1), out(100), 100);
const seen = await y.data();
check("what is seen, and what is not", [seen[0], seen[50], seen[99]].join(" "), { equals: "112 112 112" });
y
\`\`\`
`;

const phone = { width: 390, height: 844, touch: true } as const;

const panelOf = (page: Page): Locator => page.getByRole("complementary", { name: "Kernels" });
const cell = (page: Page, id: string): Locator => page.locator(`#cell-${id}`);
const editorLine = (page: Page, id: string, words: string): Locator =>
  cell(page, id).locator(".view-line", { hasText: words });
const marked = (place: Locator): Locator => place.locator(".lined-text-line[data-marked]");

/** Runs the notebook and looks at the kernel called `scale`. */
async function inspect(page: Page, source = text, [name, made] = ["scale", "scale"]): Promise<Locator> {
  expect(troubles(await runText(page, source))).toEqual([]);
  await cell(page, "use").hover();
  await cell(page, "use").getByRole("button", { name: "Show its kernels" }).click();
  const panel = panelOf(page);
  await panel.getByRole("combobox", { name: "use" }).selectOption({ label: name });
  await cell(page, made).locator(".monaco-editor").waitFor();
  return panel;
}

/** Rewrites the first line of the copy that has these words. */
async function replaceLine(
  page: Page,
  copy: Locator,
  words: string,
  write: (line: string) => string,
): Promise<void> {
  const line = copy.locator(".view-line", { hasText: words }).first();
  const before = (await line.innerText()).replaceAll("\u00a0", " ");
  await line.click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type(write(before).trim());
}

/** Moves the pointer to a line, and on by a pixel each time: as a hand does that rests there, and unlike a machine's it is never quite still. */
function pointingAt(line: Locator): () => Promise<void> {
  let x = 20;
  return () => line.hover({ position: { x: (x += 1), y: 8 } });
}

const side = (panel: Locator, which: "left" | "right"): Locator => {
  const sides = panel.locator(".stage-pane");
  return which === "left" ? sides.first() : sides.last();
};

describe("the inspector", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[N1] lines of the cell and of the stages share colours, and mark each other from both sides", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    const wgsl = side(panel, "right");
    await wgsl.getByText("@compute").first().waitFor();
    const product = wgsl.locator(".lined-text-line", { hasText: /\* 3/ }).first();
    const hue = await product.getAttribute("data-hue");
    expect(hue).not.toBeNull();
    // Five lines of the kernel became something, each with a colour of its own.
    const editor = cell(page, "scale");
    await editor.locator(`.kernel-line.kernel-hue-${hue}`).waitFor();
    const classes = await editor
      .locator(".kernel-line")
      .evaluateAll((lines) => lines.map((line) => line.className));
    expect(new Set(classes.map((name) => /kernel-hue-\d+/.exec(name)?.[0])).size).toBe(classes.length);
    // From the panel to the cell: load, product and sum were folded into one line of WGSL.
    await product.hover();
    const markedLine = editor.locator(".kernel-line-marked.kernel-line");
    await expect.poll(() => markedLine.count()).toBe(3);
    await shoot(page, "inspector-bands");
    // From the cell to the panel, under the pointer ...
    const markedText = async (): Promise<string> => (await marked(wgsl).allInnerTexts()).join("\n");
    const pointed = pointingAt(editorLine(page, "scale", "arange(64)"));
    await expect.poll(async () => (await pointed(), markedText())).toContain("program_x * 64i");
    expect(await markedText()).not.toMatch(/\* 3/);
    // ... and with the caret.
    await editorLine(page, "scale", "load(x").click();
    await page.mouse.move(5, 5);
    await expect.poll(markedText).toMatch(/x_\w*\[.*\* 3/);
    expect(await markedText()).not.toContain("program_x");
    await page.keyboard.press("ArrowUp");
    await expect.poll(markedText).toMatch(/< n_\w*;/);
    // A line of a text leads to its place in the cell.
    await product.click();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest(".cell")?.id))
      .toBe("cell-scale");
    await expect.poll(() => editor.locator(".selected-text").count()).toBeGreaterThan(0);
    // A text that was edited has no colours: they belong to the one that ran.
    await editorLine(page, "scale", "value * 3").click();
    await page.keyboard.press("End");
    await page.keyboard.type(" // more");
    await panel.getByText("scale changed since this kernel ran").waitFor();
    expect(await editor.locator(".kernel-line").count()).toBe(0);
    await panel.getByRole("button", { name: "Run again" }).click();
    await editor.locator(`.kernel-line.kernel-hue-${hue}`).waitFor();
    // Without the panel, cells have no colours.
    await panel.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => editor.locator(".kernel-line").count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N2] a copy of the WGSL runs beside the original: equal, then different in the elements it says", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.locator(".monaco-editor").waitFor();
    await copy.getByRole("button", { name: "Run", exact: true }).click();
    const verdict = copy.locator(".trial-verdict");
    await copy.getByText("y is equal: all 100 elements").waitFor();
    await copy.locator(".speed-row", { hasText: "copy" }).waitFor();
    await shoot(page, "inspector-copy-equal");
    // Lines of the copy are linked, too.
    await side(panel, "left").locator(".lined-text-line", { hasText: "* 3f" }).first().hover();
    await copy.locator(".view-line", { hasText: "* 3f" }).first().hover();
    await expect.poll(() => cell(page, "scale").locator(".kernel-line-marked.kernel-line").count()).toBe(3);
    await replaceLine(page, copy, "* 3f", (line) => line.replace("* 3f", "* 4f"));
    await copy.getByText("Edited since").waitFor();
    await page.keyboard.press("ControlOrMeta+Enter");
    // x * 4 + 1 against x * 3 + 1 in the first half of each program: of 64 elements, 0 stays.
    await verdict.getByText("y differs in 63 elements of 100").waitFor();
    expect(await verdict.innerText()).toContain("by at most 95");
    const worst = await copy.locator(".trial-worst tbody tr").allInnerTexts();
    expect(worst.map((row) => row.split(/\s+/).slice(-3))).toEqual(
      [95, 94, 93, 92, 91].map((at) => [`y[${at}]`, `${at * 3 + 1}`, `${at * 4 + 1}`]),
    );
    await shoot(page, "inspector-copy-different");
    // It is still there when the panel was closed, and the notebook's own result was never touched.
    expect(await cell(page, "use").locator(".outputs").innerText()).toContain("298");
    await panel.getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("p");
    await side(panel, "left").locator(".lined-text-line", { hasText: "if (inside_" }).first().hover();
    await copy.locator(".view-line", { hasText: "* 4f" }).waitFor();
    await copy.getByRole("button", { name: "Start again from the original" }).click();
    await expect.poll(() => copy.locator(".view-line", { hasText: "* 4f" }).count()).toBe(0);
    await copy.getByRole("button", { name: "Discard the copy" }).click();
    await copy.waitFor({ state: "detached" });
    expect(await side(panel, "left").getAttribute("aria-label")).toBe("Source");
    await page.getByRole("button", { name: "Undo" }).click();
    await copy.locator(".view-line", { hasText: "struct Params" }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test("[N3] a mistake in the copy is said on its line, and the cell's own run goes on", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.locator(".monaco-editor").waitFor();
    await side(panel, "left").locator(".lined-text-line", { hasText: "* 3f" }).first().hover();
    await replaceLine(page, copy, "* 3f", () => "    let v_11 = nonsense + 1f;");
    await page.keyboard.press("ControlOrMeta+Enter");
    const verdict = copy.locator(".trial-verdict[data-tone=bad]");
    await verdict.getByText("nonsense").waitFor();
    const line = copy.locator(".view-line", { hasText: "nonsense" });
    const mark = copy.locator(".squiggly-error").first();
    await mark.waitFor();
    const [of, at] = [await line.boundingBox(), await mark.boundingBox()];
    expect(Math.abs((of?.y ?? 0) - (at?.y ?? 99))).toBeLessThan(20);
    await shoot(page, "inspector-copy-mistake");
    await verdict.getByRole("button", { name: /^line \d+$/ }).click();
    await expect.poll(() => copy.locator(".selected-text").count()).toBeGreaterThan(0);
    expect((await cellNamed(page, "use")).status).toBe("fresh");
    await close();
  });

  test("[N4] counts are those that one counts by hand, launch by launch, and say how they come about", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page, products, ["product", "product"]);
    const fact = (label: string): Promise<string> =>
      panel
        .locator(".kernel-facts > div")
        .filter({ has: page.getByRole("button", { name: label, exact: true }) })
        .locator("dd")
        .innerText();
    const launch = panel.getByRole("combobox", { name: "Launch" });
    // A turn: 2 * 32 * 32 * 16 operations of the product and 32 * 32 sums, and 2 * 32 * 16 * 4 bytes. 4 programs, 4 turns each.
    await launch.selectOption({ label: "1 launch of 2 × 2 programs, n = 64" });
    await expect.poll(() => fact("operations")).toBe((16 * (32_768 + 1024)).toLocaleString("en-US"));
    expect(await fact("read")).toBe("64 kB");
    expect(await fact("written")).toBe("16 kB");
    expect(await fact("operations a byte")).toBe("6.6");
    // 1 program, 2 turns.
    await launch.selectOption({ label: "1 launch of 1 program, n = 32" });
    await expect.poll(() => fact("operations")).toBe((2 * (32_768 + 1024)).toLocaleString("en-US"));
    expect([await fact("read"), await fact("written")]).toEqual(["8 kB", "4 kB"]);
    await panel.getByRole("button", { name: "operations", exact: true }).hover();
    const card = panel.getByRole("tooltip").filter({ hasText: "2 · m · n · k for a dot" });
    await card.waitFor();
    expect(await card.innerText()).toContain("This launch has 1 program.");
    await shoot(page, "inspector-counts");
    await page.mouse.move(5, 5);
    await card.waitFor({ state: "hidden" });
    // The device's best is measured when somebody asks.
    await panel.getByRole("button", { name: "measure", exact: true }).click();
    await expect.poll(() => fact("of this device’s best"), { timeout: 30_000 }).toMatch(/^[\d.]+ %$/);
    // What the WGSL has is what is counted. The threads of a program sum their own elements, then meet.
    await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "total" });
    await expect.poll(() => fact("written")).toBe("16 B");
    const wgsl = await side(panel, "right").locator(".lined-text").innerText();
    const barriers = wgsl.match(/workgroupBarrier\(\)|workgroupUniformLoad/g)?.length ?? 0;
    const shared = Number(/var<workgroup> \w+: array<\w+, (\d+)>/.exec(wgsl)?.[1]) * 4;
    expect(barriers).toBeGreaterThan(0);
    expect([await fact("barriers"), await fact("workgroup memory")]).toEqual([`${barriers}`, `${shared} B`]);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N5] the arrows go from pass to pass; changes are marked, and passes that changed nothing are said", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page, products, ["product", "product"]);
    const [left, right] = [side(panel, "left"), side(panel, "right")];
    await right.getByText("@compute").first().waitFor();
    const shown = async (): Promise<readonly string[]> =>
      Promise.all([left, right].map((one) => one.getAttribute("aria-label").then((name) => name ?? "")));
    const names = await right
      .getByRole("combobox")
      .locator("option:not([disabled])")
      .evaluateAll((options) => options.map((option) => option.textContent));
    expect(names.slice(0, 2)).toEqual(["Source", "Tile IR"]);
    expect(names.at(-1)).toBe("WGSL");
    // Back to the first pass, one by one.
    await right.locator(".lined-text").focus();
    for (let at = names.length - 2; at >= 2; at--) {
      await page.keyboard.press("ArrowLeft");
      await expect.poll(shown).toEqual([names[at - 1], names[at]]);
    }
    await page.keyboard.press("ArrowLeft");
    expect(await shown()).toEqual([names[1], names[2]]);
    expect(await panel.getByRole("status").filter({ hasText: "out" }).innerText()).toMatch(
      /\d+ lines? out, \d+ lines? in/,
    );
    const changed = right.locator(".lined-text-line[data-change=added]");
    expect(await changed.count()).toBeGreaterThan(0);
    await shoot(page, "inspector-passes");
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown).toEqual([names[2], names[3]]);
    // Every pass of the compiler is there, those that changed nothing as such.
    const quiet = await right.getByRole("combobox").locator("option[disabled]").allInnerTexts();
    expect(quiet.length).toBeGreaterThan(0);
    expect(quiet.every((name) => name.endsWith(": no change"))).toBe(true);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N6] a text is searched, copied and downloaded", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const panel = await inspect(page);
    const wgsl = side(panel, "right");
    await wgsl.getByText("@compute").first().waitFor();
    await wgsl.locator(".lined-text").focus();
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type("PROGRAM");
    const search = wgsl.getByRole("search");
    const total = Number(/1 of (\d+)/.exec(await search.getByRole("status").innerText())?.[1]);
    expect(await wgsl.locator("[data-found]").count()).toBe(total);
    expect(total).toBeGreaterThan(3);
    await page.keyboard.press("Shift+Enter");
    expect(await search.getByRole("status").innerText()).toBe(`${total} of ${total}`);
    const last = wgsl.locator(".lined-text-line", { has: page.locator("[data-found=current]") });
    expect(await last.innerText()).toContain("program_x");
    await shoot(page, "inspector-search");
    await page.keyboard.press("Escape");
    await search.waitFor({ state: "detached" });
    await wgsl.getByRole("button", { name: "Copy", exact: true }).click();
    await wgsl.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const { name, text: saved } = await downloaded(page, () =>
      wgsl.getByRole("button", { name: "Download" }).click(),
    );
    expect({ name, saved }).toEqual({ name: "scale.wgsl", saved: copied });
    expect(copied).toMatch(/^struct Params \{\n[^]*@compute[^]*\}\n$/);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N13] the panel says which mask shortened a loop, and why another one is not shortened", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page, masked);
    const remarks = panel.locator(".kernel-remark");
    await expect.poll(() => remarks.count()).toBe(2);
    const [shortened = "", whole = ""] = await remarks.allInnerTexts();
    expect(shortened).toContain("seen");
    expect(whole).toContain("total");
    await remarks.first().scrollIntoViewIfNeeded();
    await shoot(page, "inspector-masks");
    expect(problems).toEqual([]);
    await close();
  });

  test("[N7] a kernel that does not compile shows why, where, and how far the compiler came", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const wrong = text
      .replaceAll("64", "32768")
      .replace("value * 3", "sort(value, 0) * 3")
      .replace("launch(2", "launch(1");
    await runText(page, wrong);
    await cell(page, "use").hover();
    await cell(page, "use").getByRole("button", { name: "Show its kernels" }).click();
    const panel = panelOf(page);
    const fault = panel.locator(".kernel-fault");
    await fault
      .getByText(/workgroup memory/)
      .first()
      .waitFor();
    await fault.getByText("The compiler came as far as Thread IR").waitFor();
    await side(panel, "right").locator(".lined-text-line", { hasText: "workgroup common" }).first().waitFor();
    expect(await panel.getByRole("button", { name: "Step through" }).count()).toBe(0);
    await shoot(page, "inspector-refused");
    await fault.getByRole("button", { name: "scale, line 4" }).first().click();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest(".cell")?.id))
      .toBe("cell-scale");
    await close();
  });

  test("[N8] before anything has run, the panel says what to do", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    await openText(page, text);
    await page.keyboard.press("p");
    const panel = panelOf(page);
    await panel.getByText("No kernel has run yet").waitFor();
    await panel.getByRole("button", { name: "Run all" }).click();
    await panel.getByText("@compute").first().waitFor();
    expect((await cellNamed(page, "use")).status).toBe("fresh");
    await close();
  });

  test("[N9] on a phone: one text at a time, its origin below it, and a copy that runs", async () => {
    const { page, problems, close } = await openNotebook(browser, phone);
    expect(troubles(await runText(page, text))).toEqual([]);
    await page.getByRole("button", { name: "Menu" }).tap();
    await page.getByRole("menuitem", { name: "Kernels" }).tap();
    const panel = panelOf(page);
    await panel.getByText("@compute").first().waitFor();
    expect(await panel.locator(".stage-pane").count()).toBe(1);
    const product = panel.locator(".lined-text-line", { hasText: "* 3f" }).first();
    await shoot(page, "inspector-phone");
    await product.tap();
    await panel.locator(".origin-line", { hasText: "store(y + i, tripled + 1, inside)" }).waitFor();
    await shoot(page, "inspector-phone-line");
    await panel.getByRole("button", { name: "operations", exact: true }).tap();
    await panel.getByRole("tooltip").filter({ hasText: "for a dot" }).waitFor();
    await shoot(page, "inspector-phone-explained");
    await panel.getByRole("heading", { name: "Kernels" }).tap();
    await panel.getByRole("tooltip").first().waitFor({ state: "hidden" });
    await panel.getByRole("button", { name: "Edit a copy" }).tap();
    const field = panel.locator(".copy-editor textarea");
    await field.fill((await field.inputValue()).replaceAll("* 3f", "* 4f"));
    await panel.getByRole("button", { name: "Run", exact: true }).tap();
    await panel.getByText("y differs in 99 elements of 100").waitFor();
    await shoot(page, "inspector-phone-copy");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N10] without a GPU the texts and counts are there, and a copy says why it cannot run", async () => {
    const { page, problems, close } = await openNotebook(browser, {
      path: "?interpreter",
      width: 1280,
      height: 800,
    });
    const panel = await inspect(page);
    await side(panel, "right").getByText("@compute").first().waitFor();
    await panel.locator(".kernel-facts dd", { hasText: "not measured" }).waitFor();
    await panel.locator(".kernel-facts dd", { hasText: "256" }).first().waitFor();
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.getByRole("button", { name: "Run", exact: true }).click();
    const verdict = copy.locator(".trial-verdict[data-tone=bad]");
    await verdict.waitFor();
    expect(await verdict.innerText()).toMatch(/GPU/);
    await shoot(page, "inspector-no-gpu");
    expect(problems).toEqual([]);
    await close();
  });

  test("[N11] a copy outlives a change of its kernel, and can be held against the new one", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.locator(".monaco-editor").waitFor();
    // The same kernel multiplies by 5 now; the copy still does by 3.
    await editorLine(page, "scale", "value * 3").click();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("5");
    await cell(page, "use").getByRole("button", { name: "Run this cell" }).click();
    await panel.getByText("made before its source changed").waitFor();
    await side(panel, "right").locator(".lined-text-line", { hasText: "* 5f" }).first().waitFor();
    await panel.getByRole("button", { name: "Compare it with the new one" }).click();
    await copy.getByRole("button", { name: "Run", exact: true }).click();
    // y is 5 x + 1 of the kernel, and 3 x + 1 of the copy.
    await copy.getByText("y differs in 99 elements of 100, by at most 198").waitFor();
    expect(await panel.getByText("made before its source changed").count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });
});

describe("the inspector in Firefox", () => {
  let browser: Awaited<ReturnType<typeof launchFirefox>>;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser.close());

  test("[N12] lines mark each other, words explain themselves, and a copy runs beside the original", async () => {
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(inject("site"));
    const at = doorOf(page);
    expect(troubles(await runText(at, text))).toEqual([]);
    await page.keyboard.press("p");
    await page.waitForSelector(".stage-pane:last-child .lined-text-line");
    // The driver's own hover waits in vain for a long line to be all in view.
    const pointAt = async (selector: string, words: string): Promise<void> => {
      const place = await page.$$eval(
        selector,
        (found, wanted) => {
          const element = found.find(({ textContent }) => textContent.includes(wanted));
          element?.scrollIntoView({ block: "center" });
          const box = element?.getBoundingClientRect();
          return { x: (box?.left ?? 0) + 20, y: (box?.top ?? 0) + 8 };
        },
        words,
      );
      await page.mouse.move(place.x, place.y);
    };
    await pointAt(".stage-pane:last-child .lined-text-line", "* 3f");
    await page.waitForSelector("#cell-scale .kernel-line-marked");
    const marks = await page.$$eval("#cell-scale .kernel-line.kernel-line-marked", (lines) => lines.length);
    expect(marks).toBe(3);
    await pointAt(".kernel-facts .explained", "operations");
    await page.waitForSelector(".explanation:popover-open");
    await page.click('button[aria-label="Edit a copy"]');
    await page.waitForSelector(".copy-pane .monaco-editor");
    await page.click(".copy-pane .button[data-kind=main]");
    await page.waitForSelector(".trial-verdict[data-tone=good]", { timeout: 60_000 });
    await shoot(page, "inspector-firefox");
  });
});
