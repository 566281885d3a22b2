import { type FaultData, positionAt } from "@tilebook/base";
import { encodeLink } from "@tilebook/notebook";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { cellsOf, openText, runText, until } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
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
  readonly fault?: FaultData;
  readonly status: string;
}
interface Button {
  readonly textContent: string;
  click(): void;
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
    const at = doorOf(page);
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
    const at = doorOf(page);
    const cells = ["{#kept}\nconst kept = tensor.ones([64]).add(1);", "{#spin}\nwhile (true) {}"];
    await openText(at, cells.map((cell) => `\`\`\`ts ${cell}\n\`\`\`\n`).join("\n"));
    await page.evaluate(() => void window.tilebook?.runAll());
    await until(at, isSpinning, 60);
    await page.evaluate(() => window.tilebook?.stop());
    await until(at, nothingRuns, 30);
    // Values that went with the cell worker would have made it stale.
    expect((await cellsOf(at)).find((cell) => cell.id === "kept")?.status).toBe("fresh");
  });

  test("[F3] mistakes in WGSL are on their line: what its compiler refuses, with the reason, and a loop that Mesa would leave early", async () => {
    const page = await browser.newPage();
    await page.goto(inject("site"));
    const at = doorOf(page);
    const mistakes: readonly (readonly [body: string, code: string, says: RegExp])[] = [
      ["  let a = 1;\n  y[id.x] = f32(a) + 1u;", "executor/wgsl", /Add can't work with f32 and u32/],
      ["  let a = 1.0;\n  y[id.x] = brightness;", "executor/wgsl", /brightness/],
      ["  y[0] = 1.0;\n  while (true) { y[id.x] += 1.0; }", "executor/out-of-fuel", /more than 65,535 turns/],
      [
        "  y[0] = 1.0;\n  loop { y[id.x] += 1.0; workgroupBarrier(); }",
        "executor/out-of-fuel",
        /a loop of main/,
      ],
      [
        "  y[0] = 1.0;\n  for (var i = 0; i < 70000; i++) { y[id.x] += 1.0; }",
        "executor/out-of-fuel",
        /65,535/,
      ],
    ];
    for (const [body, code, says] of mistakes) {
      await runText(at, calling(body));
      // As text: an object that stands at two places comes out of Firefox once.
      const faults = JSON.parse(await page.evaluate(faultsOf)) as readonly FaultData[];
      const fault = faults.find((one) => one.code === code);
      expect([body, fault?.span?.source]).toEqual([body, "kernels"]);
      expect([body, positionAt(kernels(body), fault?.span?.start ?? 0).line]).toEqual([body, 5]);
      expect(fault?.message).toMatch(says);
    }
  });
});

function faultsOf(): string {
  return JSON.stringify(window.tilebook?.state().cells.flatMap(({ fault }) => fault ?? []));
}

function kernels(body: string): string {
  return `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
${body}
}`;
}

function calling(body: string): string {
  return `\`\`\`wgsl {#kernels}\n${kernels(body)}\n\`\`\`\n\n\`\`\`ts\nawait kernels.main(2, { y: out(128) })\n\`\`\`\n`;
}

function isSpinning(): boolean {
  return (
    window.tilebook?.state().cells.some(({ id, status }) => id === "spin" && status === "running") ?? false
  );
}

function nothingRuns(): boolean {
  return window.tilebook?.state().cells.every(({ status }) => status !== "running") ?? false;
}
