import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "@tilebook/base";
import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { downloaded, findKiller, launchChromium, launchWithProfile, openNotebook } from "./rig/chromium.ts";
import { openText, textOf } from "./rig/door.ts";
import { often } from "./rig/long.ts";
import { shoot } from "./rig/shoot.ts";

/** Of the page, inside functions that run there. */
declare const window: {
  readonly tilebook?: { text(): string };
  readonly acknowledge?: (edit: number) => Promise<void>;
};
declare const location: { readonly hash: string };

/** Nothing is computed here: the page starts faster without a GPU. */
const start = "?interpreter";

/** The whole notebook after edit number `edit`. Lengths differ, so that writes take more and less time. */
function textAfter(edit: number): string {
  const words = Math.floor(8000 * seeded(edit)() ** 3);
  return `# Kept\n\nedit ${edit}. ${"word ".repeat(words)}end of ${edit}`;
}

/** As it stands in the file. */
function fileAfter(edit: number): string {
  return `${textAfter(edit)}\n`;
}

function editOf(text: string): number {
  return Number(/edit (\d+)/.exec(text)?.[1]);
}

/** Opens the first text cell as a plain field. */
async function startWriting(page: Page): Promise<void> {
  await page.locator(".prose-cell").first().dblclick();
  await page.locator("textarea").first().waitFor();
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator("textarea").first().fill(text);
}

async function untilSaved(page: Page): Promise<void> {
  await page.locator('.save-state[data-saving="saved"]').waitFor();
}

async function firstPage(context: BrowserContext): Promise<Page> {
  return context.pages()[0] ?? context.newPage();
}

/** Makes a notebook that is kept in this profile, after edit number 1; gives back its address. */
async function makeKept(page: Page): Promise<string> {
  await openText(page, fileAfter(0));
  await startWriting(page);
  await write(page, textAfter(1));
  await untilSaved(page);
  return page.evaluate(() => location.hash);
}

/** Goes to the address and waits until the notebook is there, or the page says why it is not. */
async function openKept(page: Page, address: string): Promise<string> {
  await page.goto(inject("site") + start + address);
  const fault = page.locator(".fault-page");
  await page.locator(".notebook").or(fault).first().waitFor();
  expect(await fault.allInnerTexts()).toEqual([]);
  return textOf(page);
}

interface Edit {
  readonly text: string;
  /** Milliseconds until the next one. */
  readonly wait: number;
}

/** Types in the page until the browser is gone, and reports the newest edit each time the page says "Saved". */
async function typeOn(page: Page, edits: readonly Edit[]): Promise<void> {
  const field = await page.locator("textarea").first().elementHandle();
  const state = await page.locator(".save-state").elementHandle();
  await page.evaluate(
    ([area, said, plan]) => {
      if (!(area instanceof HTMLTextAreaElement) || !(said instanceof HTMLElement))
        throw new Error("no field");
      // React listens to the prototype's setter, so a plain assignment would go unheard.
      const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
      new MutationObserver(() => {
        if (said.dataset["saving"] !== "saved") return;
        void window.acknowledge?.(Number(/edit (\d+)/.exec(window.tilebook?.text() ?? "")?.[1]));
      }).observe(said, { attributes: true });
      const type = (at: number): void => {
        const next = plan[at];
        if (next === undefined) return;
        value?.set?.call(area, next.text);
        area.dispatchEvent(new Event("input", { bubbles: true }));
        setTimeout(() => type(at + 1), next.wait);
      };
      type(0);
    },
    [field, state, edits] as const,
  );
}

/** When to kill: right after so many "Saved", when the disk has had the least time, or after so many milliseconds. */
type Moment = { readonly saved: number } | { readonly milliseconds: number };

function drawMoment(random: () => number): Moment {
  return random() < 0.5
    ? { saved: 1 + Math.floor(2 * random()) }
    : { milliseconds: Math.floor(1500 * random()) };
}

/** Types one edit after the other until the kill; gives back the edits that were called saved before it. */
async function typeUntilKilled(
  page: Page,
  edits: readonly Edit[],
  moment: Moment,
  kill: () => void,
): Promise<readonly number[]> {
  const saved: number[] = [];
  const killed = new Promise<void>((resolve) => {
    page.on("close", () => resolve());
  });
  await page.exposeFunction("acknowledge", (edit: number) => {
    saved.push(edit);
    if ("saved" in moment && saved.length === moment.saved) kill();
  });
  await typeOn(page, edits);
  if ("milliseconds" in moment) setTimeout(kill, moment.milliseconds);
  await killed;
  return saved;
}

const cycles = often(8, 20);

describe("storage", () => {
  test(
    `[D1] kill -9 while it saves, ${cycles} times: no edit that was called saved is lost`,
    {
      timeout: 300_000,
    },
    async () => {
      const seed = Number(process.env["TILEBOOK_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
      console.log(`kills: TILEBOOK_SEED=${seed}`);
      const random = seeded(seed);
      const profile = mkdtempSync(join(tmpdir(), "tilebook-profile-"));
      const started = performance.now();
      let context: BrowserContext = await launchWithProfile(profile);
      let page = await firstPage(context);
      await page.goto(inject("site") + start);
      const address = await makeKept(page);
      await context.close();
      let [promised, promises] = [1, 0];
      for (let cycle = 0; cycle <= cycles; cycle++) {
        context = await launchWithProfile(profile);
        page = await firstPage(context);
        const text = await openKept(page, address);
        const edit = editOf(text);
        expect(text, `cycle ${cycle}: not a text that was typed`).toBe(fileAfter(edit));
        expect(edit, `cycle ${cycle}: a saved edit is lost`).toBeGreaterThanOrEqual(promised);
        if (cycle === cycles) break;
        await startWriting(page);
        const edits = Array.from({ length: 300 }, (_, at) => ({
          text: textAfter(edit + 1 + at),
          wait: Math.floor(600 * random() ** 2),
        }));
        const saved = await typeUntilKilled(page, edits, drawMoment(random), findKiller(profile));
        promises += saved.length;
        promised = saved.at(-1) ?? edit;
        await context.close().catch(() => undefined);
      }
      await context.close();
      rmSync(profile, { recursive: true, force: true });
      // A browser that never said "Saved" has shown nothing.
      expect(promises).toBeGreaterThanOrEqual(cycles / 4);
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`kills: ${cycles} in ${seconds} s; said "Saved" ${promises} times, lost 0`);
    },
  );

  test("[D2] a second tab reads, says why, and may write once the first is closed", async () => {
    const browser = await launchChromium();
    const { page: first, close } = await openNotebook(browser, { path: start });
    const address = await makeKept(first);
    const second = await first.context().newPage();
    expect(await openKept(second, address)).toBe(fileAfter(1));
    await second.getByText("open for writing in another tab").waitFor();
    expect(await second.locator(".save-state").innerText()).toBe("Read only");
    await second.locator(".prose-cell").first().dblclick();
    await second.keyboard.press("Enter");
    expect(await second.locator("textarea").count()).toBe(0);
    expect(await second.getByRole("button", { name: "Code" }).count()).toBe(0);
    await shoot(second, "second-tab");

    await write(first, textAfter(2));
    await untilSaved(first);
    await first.close();
    await second.getByText("open for writing in another tab").waitFor({ state: "detached" });
    await expect.poll(() => textOf(second)).toBe(fileAfter(2));
    await startWriting(second);
    await write(second, textAfter(3));
    await untilSaved(second);
    await close();
    await browser.close();
  });

  test("[D3] with no room left edits stay in the page, it says so, and the download is whole", async () => {
    const browser = await launchChromium();
    const { page, close } = await openNotebook(browser, { path: start });
    const storage = await page.context().newCDPSession(page);
    const origin = new URL(inject("site")).origin;
    await storage.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 200_000 });
    const address = await makeKept(page);
    const long = `${textAfter(2)}${" and more".repeat(60_000)}`;
    await write(page, long);
    const notice = page.getByRole("alert").filter({ hasText: /room|full|space/ });
    // It is seen from everywhere in the notebook.
    await expect
      .poll(async () => (await notice.boundingBox())?.y ?? -1)
      .toSatisfy((top: number) => top >= 0 && top < 300);
    console.log(`no room: ${await notice.innerText()}`);
    expect(await page.locator(".save-state").innerText()).toBe("Not saved");
    await shoot(page, "no-room");
    // It can still be edited, and nothing of it is lost.
    await write(page, `${long}, and still more`);
    await notice.waitFor();
    const whole = `${long}, and still more\n`;
    expect((await textOf(page)) === whole).toBe(true);
    const file = await downloaded(page, () => notice.getByRole("button", { name: "Download" }).click());
    expect(file.name).toBe("kept.nb.md");
    expect(file.text === whole).toBe(true);
    // What was saved before is still there.
    const beside = await page.context().newPage();
    expect(await openKept(beside, address)).toBe(fileAfter(1));
    await beside.close();
    // With room again, the next edit takes everything to the disk.
    await storage.send("Storage.overrideQuotaForOrigin", { origin });
    await write(page, textAfter(4));
    await untilSaved(page);
    await notice.waitFor({ state: "detached" });
    expect(await openKept(page, `&again${address}`)).toBe(fileAfter(4));
    await close();
    await browser.close();
  });

  test.each([
    { how: "reloaded", leave: async (page: Page) => void (await page.reload()) },
    { how: "closed", leave: (page: Page) => page.close({ runBeforeUnload: true }) },
    {
      how: "left for another notebook",
      leave: async (page: Page) => void (await page.goto(`${inject("site")}${start}#g=attention`)),
    },
  ])("[D4] what was typed just before the page is $how is kept", async ({ leave }) => {
    const browser = await launchChromium();
    const { page, close } = await openNotebook(browser, { path: start });
    const address = await makeKept(page);
    await write(page, textAfter(2));
    await leave(page);
    const after = await page.context().newPage();
    expect(await openKept(after, address)).toBe(fileAfter(2));
    await close();
    await browser.close();
  });
});
