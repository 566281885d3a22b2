import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { channels, harmlessInTheFrame, type Leak, tryAll } from "./channels.ts";
import type { Door } from "./page.ts";
import { launchAlone, openPage, openTrap, run, siteForTests } from "./rig.ts";

declare const window: { readonly door: Door };

const rig = siteForTests();

/** What reached a trap of its own while `work` ran, and what `work` gave. */
async function trapped<T>(work: (url: string) => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const trap = await openTrap();
  try {
    return [await work(trap.url), [...new Set(trap.hits)]];
  } finally {
    await trap.close();
  }
}

function got(leaks: readonly Leak[]): readonly string[] {
  return leaks.filter((leak) => leak.got !== undefined).map(({ channel }) => channel);
}

describe("the walls", () => {
  let page: Page;

  beforeAll(async () => {
    ({ page } = await openPage(rig.browser, rig.site));
    await page.evaluate(() => window.door.hide("CANARY"));
  }, 60_000);

  test("[W0] the control: without walls the same channels reach the trap and the storage", async () => {
    const [leaks, hits] = await trapped((url) => page.evaluate((trap) => window.door.leaksOfPage(trap), url));
    expect(hits.length).toBeGreaterThan(8);
    expect(hits).toEqual(
      expect.arrayContaining(["GET /fetch", "POST /post", "UPGRADE /ws", "GET /import.js", "UDP"]),
    );
    expect(got(leaks)).toEqual(
      expect.arrayContaining(["fetch", "XMLHttpRequest", "importScripts", "navigator.gpu"]),
    );
  }, 90_000);

  test("[W1] the browser's walls alone: a worker of the frame reaches no network and no storage", async () => {
    const [leaks, hits] = await trapped((url) =>
      page.evaluate((trap) => window.door.leaksOfFrame(trap), url),
    );
    expect(leaks).toHaveLength(Object.keys(channels).length);
    expect(hits).toEqual([]);
    expect(JSON.stringify(leaks)).not.toContain("CANARY");
    expect(got(leaks).filter((channel) => !harmlessInTheFrame.includes(channel))).toEqual([]);
  }, 120_000);

  test("[W2] a cell reaches no network, no storage, no GPU, and hardly finds a way to try", async () => {
    await page.evaluate(() => window.door.open());
    const [end, hits] = await trapped((url) =>
      run(
        page,
        "thief",
        `const [trap, channels] = ${JSON.stringify([url, channels])};
         const tried = await (async () => { ${tryAll} })();
         for (const leak of tried) console.log(JSON.stringify(leak));`,
      ),
    );
    expect(end.fault).toBeUndefined();
    const lines = end.outputs.flatMap((output) => (output.kind === "text" ? output.text.split("\n") : []));
    const leaks = lines.map((line) => JSON.parse(line) as Leak);
    expect(leaks).toHaveLength(Object.keys(channels).length);
    expect(hits).toEqual([]);
    expect(JSON.stringify(leaks)).not.toContain("CANARY");
    expect(got(leaks)).toEqual(["location", "source map"]);
  }, 120_000);

  test("[W3] the app's page is as it was: one hidden frame, no new globals", async () => {
    const seen = await page.evaluate(() => ({
      frames: Array.from(document.querySelectorAll("iframe"), (frame) => frame.getAttribute("sandbox")),
      address: location.pathname,
    }));
    expect(seen).toEqual({ frames: ["allow-scripts"], address: "/" });
  });

  test("[W4] the frame page refuses to work unsandboxed or on its own", async () => {
    const alone = await rig.browser.newPage();
    await alone.goto(`${rig.site.url}frame.html`);
    expect(await alone.textContent("html")).toContain("only works inside Tilebook");
    await alone.close();
    const answered = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.src = "/frame.html";
          addEventListener("message", (event) => event.source === frame.contentWindow && resolve("spoke"));
          frame.addEventListener("load", () => setTimeout(() => (frame.remove(), resolve("silent")), 300));
          document.body.append(frame);
        }),
    );
    expect(answered).toBe("silent");
  });

  test("[W5] a cell that eats all memory ends its frame only; the page lives and soon has a new sandbox", async () => {
    const end = launchAlone(`${rig.site.url}#bomb`);
    try {
      const told = await rig.site.report("bomb");
      expect(told).toMatchObject({
        end: { how: "failed", fault: { code: "sandbox/silent" } },
        again: { how: "finished", outputs: [{ value: { text: "22" } }] },
        lost: [{ cells: ["keep"] }],
      });
    } finally {
      end();
    }
  }, 180_000);
});
