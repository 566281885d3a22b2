import { encodeLink } from "@tilebook/notebook";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { cellsOf, type Evaluator, openText, until } from "./rig/door.ts";
import { launchFirefox } from "./rig/firefox.ts";
import { hostile, startTrap } from "./rig/hostile.ts";

declare const window: {
  readonly tilebook?: {
    runAll(): Promise<unknown>;
    stop(): void;
    state(): { readonly cells: readonly Cell[] };
  };
};
declare const document: { querySelectorAll(selector: string): Iterable<Button> };
interface Cell {
  readonly id: string;
  readonly status: string;
}
interface Button {
  readonly textContent: string;
  click(): void;
}

function evaluator(page: Page): Evaluator {
  return { evaluate: (run, argument) => page.evaluate(run as never, argument) as never };
}

describe("in Firefox", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser.close());

  test("[F1] a link runs nothing before a click, and reaches nothing after it", async () => {
    const trap = await startTrap();
    const page = await browser.newPage();
    await page.goto(inject("site") + (await encodeLink(hostile(trap.url))));
    const at = evaluator(page);
    await until(at, () => window.tilebook !== undefined, 60);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = (await cellsOf(at)).filter((cell) => cell.kind !== "prose");
    expect(before.map(({ status, fault }) => [status, fault])).toEqual([["never", undefined]]);
    await page.evaluate(() => {
      for (const button of document.querySelectorAll(".trust-bar button"))
        if (button.textContent === "Run") button.click();
    });
    await until(
      at,
      () =>
        window.tilebook?.state().cells.some(({ status }) => ["fresh", "failed"].includes(status)) ?? false,
      100,
    );
    const attack = (await cellsOf(at)).find((cell) => cell.id === "attack");
    expect(attack?.fault).toBeUndefined();
    expect(attack?.outputs[0]).toMatchObject({ kind: "value", value: { kind: "list", size: 0 } });
    expect(trap.hits).toEqual([]);
    const control = await browser.newPage();
    await control.goto(`${trap.url}/control`);
    expect(trap.hits[0]).toBe("/control");
    trap.server.close();
  });

  test("[F2] an endless loop is stopped, and what other cells made is still there", async () => {
    const page = await browser.newPage();
    await page.goto(inject("site"));
    const at = evaluator(page);
    const cells = ["{#kept}\nconst kept = tensor.ones([64]).add(1);", "{#spin}\nwhile (true) {}"];
    await openText(at, cells.map((cell) => `\`\`\`ts ${cell}\n\`\`\`\n`).join("\n"));
    await page.evaluate(() => void window.tilebook?.runAll());
    await until(at, isSpinning, 60);
    await page.evaluate(() => window.tilebook?.stop());
    await until(at, nothingRuns, 30);
    // Values that went with the cell worker would have made it stale.
    expect((await cellsOf(at)).find((cell) => cell.id === "kept")?.status).toBe("fresh");
  });
});

function isSpinning(): boolean {
  return (
    window.tilebook?.state().cells.some(({ id, status }) => id === "spin" && status === "running") ?? false
  );
}

function nothingRuns(): boolean {
  return window.tilebook?.state().cells.every(({ status }) => status !== "running") ?? false;
}
