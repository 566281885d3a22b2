import { fileURLToPath } from "node:url";
import { addressHere, serveSite, startHub } from "@tilebook/cli";
import { Relay } from "@tilebook/hub";
import { hubCode } from "@tilebook/mesh/hub";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumPath, launchChromium } from "./rig/chromium.ts";
import { launchFirefox } from "./rig/firefox.ts";
import { openText, runText, troubles } from "./rig/door.ts";
import { openHost } from "./rig/join/open.ts";
import type { HostDoor } from "./rig/join/page.ts";
import { hubsHeld, kindsHeard, noteConnections } from "./rig/noted.ts";
import { shoot } from "./rig/shoot.ts";

/** Of the pages, inside functions that run there. */
declare const window: { readonly host: HostDoor };
declare const document: { readonly scrollingElement: { readonly scrollWidth: number } };
declare const innerWidth: number;
declare const location: { readonly hash: string };

interface Size {
  readonly width: number;
  readonly height: number;
}

const notebook = `# A room

\`\`\`ts {#room}
const room = await mesh();
check("ranks", room.ranks.map(({ name }) => name).join(), { equals: "this device,ada" });
\`\`\`

\`\`\`ts {#product}
const x = random.normal([64, 96], { seed: 1 });
const w = random.normal([96, 32], { seed: 2 });
const y = x.to(room, sbp.split(0)).matmul(w.to(room, sbp.broadcast)).relu();
const { nmse: away } = await compare(y, x.matmul(w).relu());
check("far from one device", away, { atMost: 1e-10 });
\`\`\`
`;

const root = fileURLToPath(new URL("..", import.meta.url));
const desktop: Size = { width: 1280, height: 900 };
const phone: Size = { width: 390, height: 844 };

let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

async function newContext(of: Browser = browser): Promise<BrowserContext> {
  const context = await of.newContext({ viewport: desktop, bypassCSP: true });
  contexts.push(context);
  return context;
}

/** What a page prints as an error. */
function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // The library for meeting says so of connections that we have closed.
    const isGoodbye = message.text().startsWith("Trystero peer error: OperationError: User-Initiated Abort");
    if (message.type() === "error" && !isGoodbye) problems.push(message.text());
  });
  return problems;
}

interface Guest {
  readonly page: Page;
  readonly problems: string[];
}

async function openGuest(
  context: BrowserContext,
  fragment: string,
  { size = desktop, site = inject("site") }: { readonly size?: Size; readonly site?: string } = {},
): Promise<Guest> {
  const page = await context.newPage();
  await page.setViewportSize(size);
  const problems = problemsOf(page);
  await page.goto(`${site}join.html${fragment}`);
  return { page, problems };
}

/** Opens the link, and consents. */
async function joinBy(context: BrowserContext, fragment: string): Promise<Guest> {
  const guest = await openGuest(context, fragment);
  await guest.page.getByRole("button", { name: "Join and compute" }).click();
  return guest;
}

type Opening = Parameters<HostDoor["open"]>[0];

async function hostWith(
  context: BrowserContext,
  options: Opening = {},
): Promise<{ readonly host: Page; readonly link: string }> {
  const host = await openHost(context);
  return { host, link: await host.evaluate((given) => window.host.open(given), options) };
}

/** Resolves when the page says how it stands. */
async function expectStatus(page: Page, status: string): Promise<void> {
  await page.getByRole("status").getByRole("heading", { name: status }).waitFor();
}

async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
}

/** Of the host's product. */
function traceOf(size: number): number {
  let trace = 0;
  for (let row = 0; row < size; row += 1)
    for (let at = 0; at < size; at += 1)
      trace += (((row * size + at) % 7) - 3) * (((at * size + row) % 5) - 2);
  return trace;
}

/** Consents, at once where there are many pages: a driver's mouse clicks in one after the other. When that was: `Date.now`. */
async function agree(page: Page): Promise<number> {
  await page.getByRole("button", { name: "Join and compute" }).dispatchEvent("click");
  return Date.now();
}

function told(times: readonly number[], since: number): string {
  const after = times.map((time) => time - since).toSorted((a, b) => a - b);
  return after.join(", ");
}

function multiply(host: Page, size: number): Promise<number> {
  return host.evaluate((n) => window.host.multiply(n), size);
}

async function figure(page: Page, name: string): Promise<string> {
  return page.locator(".figures div", { hasText: name }).locator("dd").innerText();
}

describe("the join page", () => {
  test("[JP1] link opened, consent given, first task done, on a phone, by the device's own GPU", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const began = Date.now();
    const { page, problems } = await openGuest(context, link, { size: phone });
    await page.getByRole("heading", { name: "Lend this device’s GPU?" }).waitFor();
    const shown = Date.now() - began;
    // The secret is on no picture of the screen, and the host knows nothing yet.
    expect(await page.evaluate(() => location.hash)).toBe("");
    expect(await host.evaluate(() => window.host.names())).toEqual({ inside: [], waiting: [] });
    expect(await overhang(page)).toBe(0);
    await shoot(page, "join-asking");
    await page.getByLabel("Name of this device").fill("Anna's phone");
    const agreed = Date.now();
    await page.getByRole("button", { name: "Join and compute" }).click();
    await host.waitForFunction(() => window.host.firstDone().length === 1);
    const [done = 0] = await host.evaluate(() => window.host.firstDone());
    process.stdout.write(`page shown after ${shown} ms; first task ${done - agreed} ms after the consent\n`);
    expect(await host.evaluate(() => window.host.names().inside)).toEqual(["Anna's phone"]);
    expect(await multiply(host, 96)).toBe(traceOf(96));
    const device = await host.evaluate(() => window.host.news().find(({ kind }) => kind === "device"));
    expect(device).toMatchObject({ device: "gpu", share: 0.5, budgetBytes: 512 * 2 ** 20 });
    await expectStatus(page, "Ready");
    await expect.poll(async () => Number(await figure(page, "Tasks done"))).toBeGreaterThanOrEqual(2);
    await expect.poll(() => figure(page, "Held for others")).toBe("0 B");
    expect(await overhang(page)).toBe(0);
    await shoot(page, "join-phone");
    expect(problems).toEqual([]);
  });

  test("[JP2] the host lets a device in, and puts it out", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context, { policy: { autoAdmit: false } });
    const { page } = await joinBy(context, link);
    await expectStatus(page, "Waiting to be let in");
    await host.evaluate(() => window.host.admit(window.host.names().waiting[0] ?? ""));
    await expectStatus(page, "Ready");
    await host.evaluate(() => window.host.remove(window.host.names().inside[0] ?? ""));
    await expectStatus(page, "Put out");
  });

  test("[JP3] a locked room and a full one say so, and what to do", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context, { policy: { locked: true } });
    const { page } = await joinBy(context, link);
    await expectStatus(page, "The room is locked");
    await page.getByText("Ask the host to unlock it").waitFor();
    await shoot(page, "join-locked");
    await host.evaluate(() => window.host.policy({ locked: false, cap: 0 }));
    // It knocks again by itself.
    await expectStatus(page, "The room is full");
    await host.evaluate(() => window.host.policy({ cap: 5, autoAdmit: false }));
    await expectStatus(page, "Waiting to be let in");
    await host.evaluate(() => window.host.decline(window.host.names().waiting[0] ?? ""));
    await expectStatus(page, "Not let in");
  });

  test("[JP4] Leave ends it: the host knows, the frame and its GPU are gone; and one can join again", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page, problems } = await joinBy(context, link);
    await expectStatus(page, "Ready");
    expect(await page.locator("iframe").count()).toBe(1);
    await page.getByRole("button", { name: "Leave" }).click();
    await expectStatus(page, "You have left");
    expect(await page.locator("iframe").count()).toBe(0);
    await host.waitForFunction(() => window.host.names().inside.length === 0);
    await shoot(page, "join-left");
    await page.getByRole("button", { name: "Join again" }).click();
    await expectStatus(page, "Ready");
    expect(await multiply(host, 32)).toBe(traceOf(32));
    expect(problems).toEqual([]);
  });

  test("[JP5] a host that goes away is looked for; a room that is closed is over", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page } = await joinBy(context, link);
    await expectStatus(page, "Ready");
    await host.close();
    await expectStatus(page, "Connection lost");
    await page.getByText("looks for the host by itself").waitFor();
    await shoot(page, "join-lost");
    const second = await hostWith(context);
    const other = await joinBy(context, second.link);
    await expectStatus(other.page, "Ready");
    await second.host.evaluate(() => window.host.close());
    await expectStatus(other.page, "The room is closed");
  });

  test("[JP6] Pause and go on: graphs wait meanwhile, and the host is told why", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page } = await joinBy(context, link);
    await host.waitForFunction(() => window.host.firstDone().length === 1);
    await page.getByRole("button", { name: "Pause" }).click();
    await expectStatus(page, "Paused");
    await host.waitForFunction(() => window.host.ready() === 0);
    expect(await host.evaluate(() => window.host.news().at(-1))).toEqual({
      kind: "paused",
      reason: "person",
    });
    await page.getByRole("button", { name: "Go on" }).click();
    await host.waitForFunction(() => window.host.ready() === 1);
    expect(await multiply(host, 32)).toBe(traceOf(32));
    await page.getByLabel("GPU time").fill("20");
    await host.waitForFunction(() =>
      window.host.news().some((one) => one.kind === "device" && one.share === 0.2),
    );
  });

  test("[JP7] who asks: the first host, the same one as last time, and another one", async () => {
    const context = await newContext();
    const { link } = await hostWith(context);
    const { page } = await joinBy(context, link);
    await expectStatus(page, "Ready");
    await page.close();
    const again = await openGuest(context, link);
    await again.page.getByText("The same host as last time").waitFor();
    const other = await hostWith(context);
    const changed = await openGuest(context, other.link, { size: phone });
    await changed.page.getByRole("alert").getByText("Not the host of last time.").waitFor();
    expect(await overhang(changed.page)).toBe(0);
    await shoot(changed.page, "join-other-host");
  });

  test.each([
    ["nothing", "", "Open the link of a room"],
    ["a fragment of the app", "#home", "Open the link of a room"],
    ["half a link", "#r=AAAAAAAAAAAAAAAAAAAAAA.compute", "This link does not work"],
    ["a wrong role", "#r=AAAAAAAAAAAAAAAAAAAAAA.admin.AAAAAAAAAAAAAAAAAAAAAA", "This link does not work"],
    ["another role", "#r=AAAAAAAAAAAAAAAAAAAAAA.view.AAAAAAAAAAAAAAAAAAAAAA", "This link does not work"],
    ["markup", "#r=<img src=x onerror=alert(1)>.compute.x", "This link does not work"],
    ["too much", `#r=${"A".repeat(100_000)}`, "This link does not work"],
  ])("[JP8] a link with %s is said to be none, and nothing else happens", async (_, fragment, title) => {
    const { page, problems } = await openGuest(await newContext(), fragment, { size: phone });
    await page.getByRole("heading", { name: title }).waitFor();
    expect(await overhang(page)).toBe(0);
    expect(await page.getByRole("button").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("[JP9] the app sends such a link here, and a reload does not lose it", async () => {
    const context = await newContext();
    const { link } = await hostWith(context);
    const page = await context.newPage();
    await page.goto(inject("site") + link);
    await page.waitForURL(/join\.html$/);
    await page.getByRole("button", { name: "Join and compute" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Join and compute" }).click();
    await expectStatus(page, "Ready");
  });

  test("[JP10] without WebGPU it says so, and joins with the processor", async () => {
    const plain = await chromium.launch({
      executablePath: chromiumPath(),
      headless: true,
      args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
    });
    try {
      const context = await newContext(plain);
      const { host, link } = await hostWith(context);
      const { page } = await openGuest(context, link, { size: phone });
      await page.getByText("No WebGPU", { exact: true }).waitFor();
      await shoot(page, "join-no-gpu");
      await page.getByRole("button", { name: "Join and compute" }).click();
      await expectStatus(page, "Ready");
      expect(await multiply(host, 32)).toBe(traceOf(32));
      await page.getByText("This device's processor").waitFor();
      const device = await host.evaluate(() => window.host.news().find(({ kind }) => kind === "device"));
      expect(device).toMatchObject({ device: "interpreter" });
    } finally {
      contexts.length = 0;
      await plain.close();
    }
  });

  test("[JP11] eight pages compute one product, each with a device of its own", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const guests = await Promise.all(Array.from({ length: 8 }, () => openGuest(context, link)));
    const agreed = await Promise.all(guests.map(({ page }) => agree(page)));
    await host.waitForFunction(() => window.host.firstDone().length === 8, undefined, { timeout: 60_000 });
    const done = await host.evaluate(() => window.host.firstDone());
    const first = Math.min(...agreed);
    process.stdout.write(
      `eight pages: consents after ${told(agreed, first)} ms, first tasks after ${told(done, first)} ms\n`,
    );
    expect(await multiply(host, 128)).toBe(traceOf(128));
    for (const { problems } of guests) expect(problems).toEqual([]);
  });

  test("[JP12] another browser finds the host by the relay of their site", async () => {
    const relay = new Relay();
    const site = await serveSite(root, { port: 0, relay });
    try {
      const host = await openHost(await newContext(), site.url);
      const link = await host.evaluate(() => window.host.open({ relay: true }));
      const { page, problems } = await openGuest(await newContext(), link, { size: phone, site: site.url });
      const agreed = Date.now();
      await page.getByRole("button", { name: "Join and compute" }).click();
      await host.waitForFunction(() => window.host.firstDone().length === 1);
      const [done = 0] = await host.evaluate(() => window.host.firstDone());
      process.stdout.write(`by the relay: first task ${done - agreed} ms after the consent\n`);
      expect(await multiply(host, 32)).toBe(traceOf(32));
      expect(problems).toEqual([]);
    } finally {
      relay.close();
      await site.close();
    }
  });

  test("[JP17] who leaves in the middle of a run ends it with a fault for the host, who waits for nobody", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page } = await openGuest(context, link);
    // It rests for long after each graph, so the next one waits for its turn.
    await page.getByLabel("GPU time").fill("10");
    await page.getByRole("button", { name: "Join and compute" }).click();
    const other = await joinBy(context, link);
    await host.waitForFunction(() => window.host.firstDone().length === 2);
    await multiply(host, 320);
    const running = multiply(host, 320).then(
      () => "done",
      (error: unknown) => String(error),
    );
    await page.getByRole("button", { name: "Leave" }).dispatchEvent("click");
    expect(await running).toMatch(/the peer has left|no link/);
    await host.waitForFunction(() => window.host.ready() === 1);
    expect(await multiply(host, 32)).toBe(traceOf(32));
    await expectStatus(other.page, "Ready");
  });

  test("[JP14] weights that were sent twice are in the browser's files: the third time nothing is sent", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page } = await openGuest(context, link);
    const received: string[] = [];
    for (let visit = 1; visit <= 3; visit += 1) {
      if (visit > 1) await page.reload();
      await page.getByRole("button", { name: "Join and compute" }).click();
      await expectStatus(page, "Ready");
      await host.waitForFunction(() => window.host.ready() === 1);
      expect(await multiply(host, 528)).toBe(traceOf(528));
      await expectStatus(page, "Ready");
      // The page looks twice a second, and files are written when there is time.
      await page.waitForTimeout(1_200);
      received.push(await figure(page, "Received"));
    }
    expect(received.slice(0, 2)).toEqual([
      expect.stringMatching(/^2\.\d MB$/),
      expect.stringMatching(/^2\.\d MB$/),
    ]);
    expect(received[2]).toMatch(/^\d+ k?B$/);
  });

  test("[JP13] a notebook's room: its panel has the link and lets in, and a cell's mesh is this device and the guest's", async () => {
    // With the site's own policy, as people have it.
    const context = await browser.newContext({ viewport: desktop });
    contexts.push(context);
    const app = await context.newPage();
    const problems = problemsOf(app);
    await app.goto(`${inject("site")}#home`);
    await openText(app, notebook);
    await app.getByRole("button", { name: "Room", exact: true }).click();
    await app.getByRole("button", { name: "Open a room" }).click();
    const link = await app.getByLabel("Link to join").inputValue();
    const words = await app.locator(".room-words b").innerText();
    const page = await context.newPage();
    const guestProblems = problemsOf(page);
    await page.setViewportSize(phone);
    await page.goto(link);
    expect(await page.locator(".host-words").first().innerText()).toBe(words);
    await page.getByLabel("Name of this device").fill("ada");
    await page.getByRole("button", { name: "Join and compute" }).click();
    await app.getByRole("button", { name: "Let in" }).click();
    await expectStatus(page, "Ready");
    await app.locator(".room-members", { hasText: "ada" }).getByText("swiftshader").first().waitFor();
    expect(troubles(await runText(app, notebook))).toEqual([]);
    // The page looks twice a second.
    await expect.poll(async () => Number(await figure(page, "Tasks done"))).toBeGreaterThanOrEqual(1);
    await shoot(app, "join-host");
    await page.getByRole("button", { name: "Leave" }).click();
    await app.getByText("Nobody else is here yet").waitFor();
    expect([...problems, ...guestProblems]).toEqual([]);
  });

  test.each([
    [
      "[JP18] with the code of a hub, a notebook and a guest that have nothing else in common meet there",
      false,
    ],
    [
      "[JP19] a guest and a host that hide their addresses compute by the hub, and neither hears of another address",
      true,
    ],
  ])("%s", async (_, hidden) => {
    const hub = await startHub(root, { host: addressHere(), port: 0 });
    const app = await (await newContext()).newPage();
    const problems = problemsOf(app);
    await app.addInitScript(noteConnections);
    await app.goto(`${inject("site")}#home`);
    await openText(app, notebook);
    await app.getByRole("button", { name: "Room", exact: true }).click();
    await app.getByText("Ways to meet").click();
    await app.getByLabel("Code of a hub").fill("no code");
    await app.getByText("This is no code of a hub").waitFor();
    expect(await app.getByRole("button", { name: "Open a room" }).isDisabled()).toBe(true);
    await app.getByLabel("Code of a hub").fill(hubCode(hub.address));
    if (hidden) await app.getByLabel("Hide this device’s network address").check();
    await app.getByRole("button", { name: "Open a room" }).click();
    const link = await app.getByLabel("Link to join").inputValue();
    expect(link.endsWith(`&d=${hubCode(hub.address)}`)).toBe(true);
    await app.getByLabel("Let everybody in").check();
    const context = await newContext();
    await context.addInitScript(noteConnections);
    const guest = await openGuest(context, new URL(link).hash, { size: phone });
    await guest.page.getByLabel("Name of this device").fill("ada");
    if (hidden) await guest.page.getByLabel("Hide my network address").check();
    await guest.page.getByRole("button", { name: "Join and compute" }).click();
    await expectStatus(guest.page, "Ready");
    await app.locator(".room-members", { hasText: "ada" }).getByText("swiftshader").first().waitFor();
    expect(troubles(await runText(app, notebook))).toEqual([]);
    // One side may have been found by the other before it has heard of a candidate.
    const kinds = (await Promise.all([app, guest.page].map((page) => page.evaluate(kindsHeard)))).flat();
    expect(kinds.length).toBeGreaterThan(0);
    expect(kinds.every((kind) => kind === "relay")).toBe(hidden);
    expect([...problems, ...guest.problems]).toEqual([]);
    await shoot(app, hidden ? "join-hidden" : "join-hub");
    // Nobody is met any more by who has left, nor by who has closed the room.
    expect(await Promise.all([app, guest.page].map((page) => page.evaluate(hubsHeld)))).toEqual([1, 1]);
    await guest.page.getByRole("button", { name: "Leave" }).click();
    await app.getByRole("button", { name: "Close the room" }).click();
    await expect.poll(() => guest.page.evaluate(hubsHeld)).toBe(0);
    await expect.poll(() => app.evaluate(hubsHeld)).toBe(0);
    hub.close();
  });

  test("[JP15] a hidden tab, a low battery and a browser that saves data take no tasks, and say so; a person may have it go on hidden", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page } = await openGuest(context, link);
    await page.evaluate(tellBattery);
    await page.getByRole("button", { name: "Join and compute" }).click();
    await expectStatus(page, "Ready");
    for (const [reason, text] of [
      ["hidden", "While this tab is hidden it takes no tasks"],
      ["battery", "The battery is low"],
      ["data", "This device saves data"],
    ] as const) {
      await page.evaluate(become, { [reason]: true });
      await page.getByText(text).waitFor();
      await host.waitForFunction((why) => {
        const last = window.host.news().at(-1);
        return last?.kind === "paused" && last.reason === why && window.host.ready() === 0;
      }, reason);
      if (reason === "hidden") await page.getByLabel("Go on while this tab is hidden").check();
      else await page.evaluate(become, { [reason]: false });
      await host.waitForFunction(() => window.host.ready() === 1);
    }
    expect(await multiply(host, 32)).toBe(traceOf(32));
  });

  test("[JP20] what memory there is is said before the consent, and how fast the way to the host is when nobody waits", async () => {
    const context = await newContext();
    const { host, link } = await hostWith(context);
    const { page, problems } = await openGuest(context, link, { size: phone });
    const found = page.getByRole("listitem").filter({ hasText: /room for .* of files/iu });
    await found.scrollIntoViewIfNeeded();
    expect(await found.innerText()).toMatch(/memory/iu);
    await shoot(page, "join-memory");
    await page.getByRole("button", { name: "Join and compute" }).click();
    await host.waitForFunction(() => window.host.firstDone().length === 1);
    await page.getByText(/Link to the host: [\d.]+ [MG]bit\/s/u).waitFor();
    expect(await overhang(page)).toBe(0);
    await shoot(page, "join-link");
    await page.setViewportSize(desktop);
    await shoot(page, "join-link-desktop");
    expect(problems).toEqual([]);
  });

  test("[JP16] a guest in Firefox computes for a host in Chromium", async () => {
    const relay = new Relay();
    const site = await serveSite(root, { port: 0, relay });
    const firefox = await launchFirefox();
    try {
      const host = await openHost(await newContext(), site.url);
      const link = await host.evaluate(() => window.host.open({ relay: true }));
      const page = await firefox.newPage();
      await page.setViewport(phone);
      await page.goto(`${site.url}join.html${link}`);
      await page.locator("button[type=submit]").click();
      await host.waitForFunction(() => window.host.firstDone().length === 1);
      expect(await multiply(host, 96)).toBe(traceOf(96));
      const device = await host.evaluate(() => window.host.news().find(({ kind }) => kind === "device"));
      expect(device).toMatchObject({ device: "gpu" });
      await shoot(page, "join-firefox");
    } finally {
      await firefox.close();
      relay.close();
      await site.close();
    }
  });
});

/** Gives the page a battery that it can ask for, and a tab and a connection that `become` changes: a driver can do neither. */
function tellBattery(): void {
  const battery = Object.assign(new EventTarget(), { charging: false, level: 1 });
  const connection = Object.assign(new EventTarget(), { saveData: false });
  const state = { hidden: false };
  Object.defineProperty(navigator, "getBattery", { value: () => Promise.resolve(battery) });
  Object.defineProperty(navigator, "connection", { value: connection });
  Object.defineProperty(document, "hidden", { get: () => state.hidden });
  Object.assign(globalThis, { told: { battery, connection, state } });
}

function become(change: {
  readonly hidden?: boolean;
  readonly battery?: boolean;
  readonly data?: boolean;
}): void {
  const { told: page } = globalThis as unknown as {
    told: {
      battery: EventTarget & { level: number };
      connection: EventTarget & { saveData: boolean };
      state: { hidden: boolean };
    };
  };
  if (change.hidden !== undefined) {
    page.state.hidden = change.hidden;
    (document as unknown as EventTarget).dispatchEvent(new Event("visibilitychange"));
  }
  if (change.battery !== undefined) {
    page.battery.level = change.battery ? 0.1 : 0.9;
    page.battery.dispatchEvent(new Event("levelchange"));
  }
  if (change.data !== undefined) {
    page.connection.saveData = change.data;
    page.connection.dispatchEvent(new Event("change"));
  }
}
