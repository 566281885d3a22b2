import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, deviceOf, openText, troubles, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

/** Numbers that no second run would draw again: who still has them has not run again. */
function notebookWith(endless: string): string {
  return `# Endless

\`\`\`ts {#numbers run=lazy}
const drawn = Array.from({ length: 1000 }, () => Math.random());
const kept = tensor(drawn).mul(2);
await realize(kept);
\`\`\`

\`\`\`ts {#sum run=lazy}
const sum = await kept.sum().item();
sum
\`\`\`

\`\`\`ts {#spin run=lazy}
${endless}
\`\`\`

\`\`\`ts {#after run=lazy}
const after = 1;
\`\`\`

\`\`\`ts {#proof run=lazy}
const again = await kept.mul(0.5).data();
check("numbers that are lost", drawn.filter((x, at) => Math.abs(x - again[at]) > 1e-6).length, { equals: 0 })
\`\`\`
`;
}

async function run(page: Page, id: string): Promise<void> {
  await page.locator(`#cell-${id}`).getByRole("button", { name: "Run this cell" }).click();
}

/** Presses Stop in the page and measures there: until the page says that it stops, and until the cell has stopped. */
async function stop(page: Page, id: string): Promise<{ readonly said: number; readonly stopped: number }> {
  const button = await page.locator('.top-bar button[data-kind="stop"]').elementHandle();
  const cell = await page.locator(`#cell-${id}`).elementHandle();
  return page.evaluate(
    async ([control, section]) => {
      if (!(control instanceof HTMLElement) || !(section instanceof HTMLElement)) throw new Error("no Stop");
      const started = performance.now();
      const since = () => Math.round(performance.now() - started);
      const becomes = (holds: () => boolean) =>
        new Promise<number>((resolve) => {
          const look = () => holds() && resolve(since());
          new MutationObserver(look).observe(document.body, {
            attributes: true,
            childList: true,
            characterData: true,
            subtree: true,
          });
          look();
        });
      control.click();
      const said = becomes(() => !control.isConnected || control.innerText.includes("Stopping"));
      const stopped = becomes(() => section.dataset["status"] !== "running");
      return { said: await said, stopped: await stopped };
    },
    [button, cell] as const,
  );
}

const endless = [
  { title: "a loop", code: "while (true) {}" },
  { title: "a loop that waits", code: "while (true) await sleep(1);" },
  { title: "a promise that nobody keeps", code: "await new Promise(() => undefined);" },
  { title: "a search that never ends", code: '/^(a+)+$/.test("a".repeat(60) + "b");' },
  { title: "a flood of lines", code: 'while (true) console.log("more");' },
  { title: "a flood of outputs", code: "while (true) await display(1);" },
  { title: "a loop of GPU work", code: "let x = kept;\nwhile (true) { x = x.mul(1); await realize(x); }" },
];

describe("stopping", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test.each(endless)("[I1] Stop ends $title; other cells keep their values", async ({ title, code }) => {
    const { page, problems, close } = await openNotebook(browser);
    await openText(page, notebookWith(code));
    await run(page, "sum");
    const [numbers, sum] = [
      await waitForStatus(page, "numbers", /fresh/),
      await waitForStatus(page, "sum", /fresh/),
    ];
    await run(page, "spin");
    await waitForStatus(page, "spin", /running/);
    // It really spins, and something waits behind it.
    await page.locator("#cell-spin .cell-status", { hasText: "Running for" }).waitFor();
    await run(page, "after");
    await waitForStatus(page, "after", /queued/);
    const { said, stopped } = await stop(page, "spin");
    console.log(`stopping ${title}: said so after ${said} ms, stopped after ${stopped} ms`);

    // A run that was stopped leaves no trace, and what waited behind it has not begun.
    expect((await cellNamed(page, "spin")).status).toBe("never");
    expect((await cellNamed(page, "after")).status).toBe("never");
    await page.locator("#cell-spin").getByRole("button", { name: "Run this cell" }).waitFor();
    await shoot(page, `stop-${title.replaceAll(" ", "-")}`);

    await run(page, "proof");
    const proof = await waitForStatus(page, "proof", /fresh|failed/);
    expect(troubles([proof])).toEqual([]);
    expect(proof.outputs).toMatchObject([{ kind: "check", passed: true }]);
    for (const before of [numbers, sum]) {
      const { run: number, status, outputs } = await cellNamed(page, before.id);
      expect({ number, status, outputs }).toEqual({
        number: before.run,
        status: "fresh",
        outputs: before.outputs,
      });
    }
    expect(problems).toEqual([]);
    await close();
  });
});

/** The process that owns the GPU. */
async function gpuProcess(control: CDPSession): Promise<number | undefined> {
  const { processInfo } = await control.send("SystemInfo.getProcessInfo");
  return processInfo.find(({ type }) => type === "GPU")?.id;
}

describe("a lost GPU", () => {
  test("[I2] the page says what happened, and the next run is right", async () => {
    const browser = await launchChromium();
    const { page, close } = await openNotebook(browser);
    await openText(page, notebookWith("const never = 1;"));
    await run(page, "sum");
    const numbers = await waitForStatus(page, "numbers", /fresh/);
    await waitForStatus(page, "sum", /fresh/);
    const control = await browser.newBrowserCDPSession();
    const before = await gpuProcess(control);
    // Nobody is left to answer.
    control.send("Browser.crashGpuProcess").catch(() => undefined);
    const told = page.locator(".toast", { hasText: "The GPU was lost" });
    await told.waitFor();
    console.log(`the GPU process was ended; the page says: ${await told.innerText()}`);
    await shoot(page, "gpu-lost");
    await run(page, "proof");
    const proof = await waitForStatus(page, "proof", /fresh|failed/);
    expect(troubles([proof])).toEqual([]);
    expect(proof.outputs).toMatchObject([{ kind: "check", passed: true }]);
    expect((await cellNamed(page, "numbers")).run).toBe(numbers.run);
    expect(await deviceOf(page)).toMatch(/^gpu .*swiftshader/i);
    expect(await gpuProcess(control)).not.toBe(before);
    await close();
    await browser.close();
  });

  test("[I3] lost twice, it says that the page must be reloaded, and a reloaded page computes", async () => {
    const browser = await launchChromium();
    const { page, close } = await openNotebook(browser);
    await openText(page, notebookWith("const never = 1;"));
    await run(page, "sum");
    await waitForStatus(page, "sum", /fresh/);
    const control = await browser.newBrowserCDPSession();
    for (const text of ["is opened again", "Reload the page"]) {
      control.send("Browser.crashGpuProcess").catch(() => undefined);
      await page.locator(".toast", { hasText: text }).waitFor();
      if (text === "is opened again") {
        await run(page, "proof");
        await waitForStatus(page, "proof", /fresh/);
      }
    }
    await run(page, "proof");
    const { fault } = await waitForStatus(page, "proof", /failed/);
    expect(fault?.code).toBe("executor/device-lost");
    await page.getByText("reload the page").first().waitFor();
    await shoot(page, "gpu-lost-twice");
    await page.reload();
    await openText(page, notebookWith("const never = 1;"));
    await run(page, "proof");
    const proof = await waitForStatus(page, "proof", /fresh|failed/);
    expect(troubles([proof])).toEqual([]);
    console.log(`lost twice and reloaded: computes on ${await deviceOf(page)}`);
    await close();
    await browser.close();
  });
});
