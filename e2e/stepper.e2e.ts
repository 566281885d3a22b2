import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, runText, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const phone = { width: 390, height: 844, touch: true } as const;

const notebook = `# Stepping through

\`\`\`ts {#softmax}
const softmax = kernel((x: Ptr, y: Ptr, columns: i32, stride: i32) => {
  const row = programId(0) * 4 + arange(4);
  let best = full([4], -Infinity);
  for (const start of range(0, columns, 16)) {
    const column = start + arange(16);
    const inside = expand(column < columns, 0);
    const tile = load(x + expand(row, 1) * stride + expand(column, 0), inside, -Infinity);
    best = maximum(best, max(tile, 1));
  }
  const lane = arange(64);
  const all = load(x + expand(row, 1) * stride + expand(lane, 0), expand(lane < columns, 0), -Infinity);
  const shifted = exp(all - expand(best, 1));
  const share = shifted / expand(sum(shifted, 1), 1);
  store(y + expand(row, 1) * stride + expand(lane, 0), share, expand(lane < columns, 0));
});
\`\`\`

\`\`\`ts {#run}
const x = random.normal([8, 40], { seed: 3 });
const y = softmax.launch(2, x, out([8, 40]), 40, 40);
y
\`\`\`

\`\`\`ts {#racing}
const racing = kernel((x: Ptr, y: Ptr, n: i32) => {
  const i = programId(0) * 8 + arange(16);
  const seen = load(x + i, i < n);
  store(y + i, sqrt(seen), i < n);
});
racing.launch(3, tensor([1, 4, 9, -1, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169, 196, 225, 256, 289, 324, 361, 400, 441, 484, 529], { dtype: "f32" }), out(24), 24)
\`\`\`
`;

const failing = `\`\`\`ts {#kernel}
const roots = kernel((x: Ptr, y: Ptr) => {
  const i = programId(0) * 4 + arange(4);
  const seen = load(x + i);
  assert(seen > 0, "positive");
  store(y + i, sqrt(seen));
});
\`\`\`

\`\`\`ts {#run}
roots.launch(2, tensor([1, 4, 9, 16, 25, -36, 49, 64], { dtype: "f32" }), out(8))
\`\`\`
`;

async function stepInto(page: Page, cell: string): Promise<void> {
  await page.locator(`#cell-${cell}`).scrollIntoViewIfNeeded();
  await page.locator(`#cell-${cell}`).click({ position: { x: 4, y: 4 } });
  await page.locator(`#cell-${cell}`).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Step through its kernel" }).click();
  await page.locator(".step-position").waitFor();
}

const position = (page: Page): Promise<string> => page.locator(".step-position").innerText();

/** The text of the line that comes next. */
const nextLine = (page: Page): Promise<string> => page.locator(".step-line[data-current] code").innerText();

const card = (page: Page, name: string) =>
  page.locator(".step-value").filter({ has: page.getByText(name, { exact: true }) });

describe("stepping through a program", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[P1] opens on a cell's kernel and goes op by op, forward and back, by button and key", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await runText(page, notebook);
    await stepInto(page, "run");
    expect(await position(page)).toBe("step 0");
    expect(await nextLine(page)).toContain("programId(0) * 4");
    await page.getByRole("button", { name: "Next step", exact: true }).click();
    await expect.poll(() => position(page)).toBe("step 1");
    await page.keyboard.press("F10");
    await page.keyboard.press("F10");
    await expect.poll(() => position(page)).toBe("step 3");
    await page.keyboard.press("Shift+F10");
    await expect.poll(() => position(page)).toBe("step 2");
    // The same line is marked in the cell's own editor.
    await page.locator("#cell-softmax .step-editor-line").first().waitFor({ state: "attached" });
    await shoot(page, "stepper-start");
    expect(problems).toEqual([]);
    await close();
  });

  test("[P2] runs to a line, turns the loop, shows masks, values and memory", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1600 });
    await runText(page, notebook);
    await stepInto(page, "run");
    await page.locator(".step-line").filter({ hasText: "best = maximum" }).click();
    await expect.poll(() => nextLine(page)).toContain("best = maximum");
    await page.keyboard.press("Alt+F10");
    await page.keyboard.press("Alt+F10");
    await expect.poll(() => card(page, "start").locator("b").innerText()).toBe("32");
    await page.locator(".step-line").filter({ hasText: "best = maximum" }).click();
    await expect.poll(() => nextLine(page)).toContain("best = maximum");
    await card(page, "tile").getByRole("button").click();
    const field = card(page, "tile").locator(".step-tile-field");
    await field.waitFor();
    await shoot(page, "stepper-loop");
    // The last columns of the last turn lie outside.
    const box = await field.boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 3, (box?.y ?? 0) + 3);
    await expect
      .poll(() => card(page, "tile").locator(".step-tile-value").innerText())
      .toBe("[0, 15] = -Inf, masked out");
    await page.locator(".step-line").filter({ hasText: "store(y" }).click();
    await expect.poll(() => nextLine(page)).toContain("store(y");
    await page.keyboard.press("F8");
    await expect.poll(() => position(page)).toContain("ended");
    await card(page, "y").getByRole("button").click();
    await expect.poll(() => card(page, "y").locator(".step-value-done").innerText()).toBe("160 stored");
    await shoot(page, "stepper-end");
    // The Tile IR has its own lines to run to.
    await page.getByRole("tab", { name: "Tile IR" }).click();
    await page.keyboard.press("Shift+F8");
    await expect.poll(() => position(page)).toBe("step 0");
    await page.locator(".step-line").filter({ hasText: "reduce max" }).click();
    await expect.poll(() => nextLine(page)).toContain("reduce max");
    await shoot(page, "stepper-ir");
    expect(problems).toEqual([]);
    await close();
  });

  test("[P3] stops at a trap, looks for trouble in all programs, and says who wrote an element", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1600 });
    await runText(page, notebook);
    await stepInto(page, "racing");
    await page.keyboard.press("F8");
    await page.locator(".step-trap").filter({ hasText: "sqrt(-1) gave NaN" }).waitFor();
    await shoot(page, "stepper-trap");
    await page.getByRole("button", { name: "look for trouble" }).click();
    await page.getByText("2 findings.").waitFor();
    await page.locator(".step-finding").filter({ hasText: "Race" }).click();
    await page.locator(".step-trap").filter({ hasText: "Race" }).waitFor();
    await expect.poll(() => page.getByLabel("Program x").inputValue()).toBe("1");
    await shoot(page, "stepper-race");
    await card(page, "y").getByRole("button").click();
    await card(page, "y").getByLabel("Who wrote element").fill("17");
    await card(page, "y").getByRole("button", { name: "Go there" }).click();
    await page.getByText("Program 2, 0, 0 wrote element 17 of y last.").waitFor();
    await expect.poll(() => nextLine(page)).toContain("store(y");
    expect(problems).toEqual([]);
    await close();
  });

  test("[P4] after an edit, without a run, it steps through the kernel as it is now", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await runText(page, notebook);
    await page.locator("#cell-racing .monaco-editor").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.type(" // changed");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("const more = seen + 1;");
    await page.keyboard.press("Escape");
    await stepInto(page, "racing");
    await page.locator(".step-line").filter({ hasText: "const more" }).waitFor();
    expect((await cellNamed(page, "racing")).fault).toBeUndefined();
    expect(problems).toEqual([]);
    await close();
  });

  test("[P6] a wrong answer of a puzzle leads to the step that stored it, or to what kept it from being stored", async () => {
    const { page, problems, close } = await openNotebook(browser);
    const puzzles = new URL("../public/notebooks/tile-puzzles.nb.md", import.meta.url);
    await runText(page, readFileSync(puzzles, "utf8"));
    const stepTo = async (puzzle: string, says: string) => {
      const check = page.locator(`#cell-${puzzle}-check`);
      await check.getByText(says).waitFor();
      await check.getByRole("button", { name: "Step to it" }).click();
    };
    await stepTo("guard", "Not yet: element 11 is 18 and should be 0.");
    await page.getByText("Program 0, 0, 0 wrote element 11 of y last.").waitFor();
    await expect.poll(() => nextLine(page)).toContain("store(y + i");
    await expect
      .poll(() => card(page, "y").locator(".step-tile-value").innerText())
      .toBe("[11] = 0, stored next");
    await shoot(page, "puzzle-stored");
    // Before the step, and after it.
    await page.keyboard.press("F10");
    await expect
      .poll(() => card(page, "y").locator(".step-tile-value").innerText())
      .toBe("[11] = 18, stored");
    await stepTo("blocks", "Not yet: element 16 is 0 and should be");
    await page.getByText("No program writes element 16 of y.").waitFor();
    await expect.poll(() => nextLine(page)).toContain("store(y + i");
    await shoot(page, "puzzle-unwritten");
    await stepTo("conv", "Not yet: element 0 is");
    await page.locator(".step-trap").filter({ hasText: "load from x[16], which has 16 elements" }).waitFor();
    await expect.poll(() => nextLine(page)).toContain("const table = load");
    await shoot(page, "puzzle-trap");
    expect(problems).toEqual([]);
    await close();
  });

  test.each(["", "?interpreter"])(
    "[P8] a fault inside of a program leads to the step that ran into it%s",
    async (path) => {
      const { page, close } = await openNotebook(browser, { path });
      await runText(page, failing);
      await page.locator("#cell-run .fault").getByText("assertion failed: positive").waitFor();
      await page.locator("#cell-run").getByRole("button", { name: "Step to it" }).click();
      await page.locator(".step-trap").filter({ hasText: "program 1, 0, 0, element 1" }).waitFor();
      await expect.poll(() => nextLine(page)).toContain("assert(seen > 0");
      await expect.poll(() => page.getByLabel("Program x").inputValue()).toBe("1");
      await close();
    },
  );

  test("[P7] the example of docs/stepper.md says what is wrong, and leads there", async () => {
    const { page, close } = await openNotebook(browser);
    await runText(page, readFileSync(new URL("../docs/stepper.md", import.meta.url), "utf8"));
    await page.getByText("Not yet: element 3 should be 14.").waitFor();
    await page.getByRole("button", { name: "Step to it" }).click();
    await page.getByText("No program writes element 3 of y.").waitFor();
    await expect.poll(() => nextLine(page)).toContain("store(y + i");
    await close();
  });

  test("[P5] on a phone it is a sheet with everything in one column", async () => {
    const { page, problems, close } = await openNotebook(browser, phone);
    await runText(page, notebook);
    await waitForStatus(page, "run", /fresh/);
    await stepInto(page, "run");
    await page.getByRole("button", { name: "Next turn of the loop" }).tap();
    await expect.poll(() => nextLine(page)).toContain("const column = start");
    await page.locator(".step-line").filter({ hasText: "best = maximum" }).tap();
    await expect.poll(() => nextLine(page)).toContain("best = maximum");
    await shoot(page, "stepper-phone");
    await card(page, "tile").getByRole("button").tap();
    await card(page, "tile").locator(".step-tile-field").waitFor();
    await card(page, "tile").scrollIntoViewIfNeeded();
    await shoot(page, "stepper-phone-tile");
    const wide = await page.evaluate("document.scrollingElement.scrollWidth - innerWidth");
    expect(wide).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });
});
