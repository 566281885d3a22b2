import type { CellState } from "@tilebook/notebook";
import { describe, expect, inject, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { type Evaluator, runText } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";

/** Adds up 1 as often as it is told, in one program. */
const notebook = (turns: number): string => `# Turns

\`\`\`ts {#long}
const count = kernel((y: Ptr<"i32">, n: i32) => {
  let total = 0;
  for (let j = 0; j < n; j++) total = (total ^ j) - (j & total) + 1;
  store(y, total);
});
let wanted = 0;
for (let j = 0; j < ${turns}; j++) wanted = ((wanted ^ j) - (j & wanted) + 1) | 0;
check("counted", await count.launch(1, out(1, "i32"), ${turns}).item(), { equals: wanted })
\`\`\`
`;

interface Opened {
  readonly page: Evaluator;
  readonly close: () => Promise<void>;
}

const open: Record<"chromium" | "firefox", () => Promise<Opened>> = {
  chromium: async () => {
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    return { page, close: () => browser.close() };
  },
  firefox: async () => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    return { page: doorOf(page), close: () => browser.close() };
  },
};

/** How the cell ended. */
async function ended(page: Evaluator, turns: number): Promise<CellState | undefined> {
  return (await runText(page, notebook(turns))).find(({ id }) => id === "long");
}

const right = { status: "fresh", outputs: [{ kind: "check", passed: true }] };

describe("a loop of more turns than a software GPU takes", () => {
  test("[T1] comes to its end in Chromium", async () => {
    const { page, close } = await open.chromium();
    try {
      expect(await ended(page, 100_000)).toMatchObject(right);
    } finally {
      await close();
    }
  });

  test("[T2] fails by kernel/turns in Firefox on lavapipe, which would leave a wrong number; a shorter one is right", async () => {
    const { page, close } = await open.firefox();
    try {
      expect(await ended(page, 60_000)).toMatchObject(right);
      const long = await ended(page, 100_000);
      expect(long).toMatchObject({ status: "failed", fault: { code: "kernel/turns" } });
      expect(long?.fault?.message).toContain("after 65,535 turns");
    } finally {
      await close();
    }
  });
});
