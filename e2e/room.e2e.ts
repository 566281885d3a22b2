import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { cellNamed, cellsOf, runText, troubles } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const notebook = `# A room

\`\`\`ts {#room}
const room = await mesh();
check("ranks", room.ranks.map(({ kind }) => kind).join(), { equals: "peer,peer,peer" });
\`\`\`

\`\`\`ts {#product}
const x = random.normal([96, 64], { seed: 1 });
const w = random.normal([64, 32], { seed: 2 });
const [rows, columns] = [x.to(room, sbp.split(1)), w.to(room, sbp.split(0))];
await realize(rows, columns);
const y = rows.matmul(columns).to(room, sbp.broadcast);
const { bytes } = await room.measure(() => realize(y));
display(check("bytes of an all-reduce", bytes, { equals: 2 * 2 * 96 * 32 * 4 }));
display(check("error", (await compare(y, x.matmul(w))).nmse, { atMost: 1e-10 }));
y
\`\`\`
`;

/** The page's way in for whoever drives it. */
interface Tilebook {
  readonly tilebook: { runAll(): Promise<unknown> };
}

const phone = { width: 390, height: 844 };

async function openPage(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

/** Opens the room of a page, and lets everybody in. Gives the link. */
async function openRoom(host: Page): Promise<string> {
  await host.getByRole("button", { name: "Room", exact: true }).click();
  await host.getByRole("button", { name: "Open a room" }).click();
  await host.getByLabel("Let everybody in who has the link").check();
  return host.getByLabel("Link to join").inputValue();
}

async function join(context: BrowserContext, link: string): Promise<Page> {
  const guest = await openPage(context, link);
  await guest.getByRole("button", { name: "Join and compute" }).click();
  return guest;
}

const panel = (host: Page) => host.getByRole("complementary", { name: "Room" });

describe("a room", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[RM1] two guests come by the link, and a cell computes on all three", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const host = await openPage(context, `${inject("site")}#home`);
    expect(troubles(await runText(host, "# Empty\n"))).toEqual([]);
    const link = await openRoom(host);
    expect(link).toMatch(/join\.html#r=/);
    const guests = [await join(context, link), await join(context, link)];
    await panel(host).getByText("3 devices").waitFor();
    expect(troubles(await runText(host, notebook))).toEqual([]);
    expect((await cellNamed(host, "product")).status).toBe("fresh");
    // What went between them is drawn, once it was asked for.
    await expect.poll(() => panel(host).locator(".room-map path").count()).toBe(6);
    const lanes = panel(host).locator(".room-lanes");
    expect(await lanes.locator("dt").allTextContents()).toHaveLength(3);
    for (const drawn of await lanes.locator("path.computes").all())
      expect(await drawn.getAttribute("d")).toContain("M");
    // How fast the ways to both are was seen when the mesh was made.
    await expect
      .poll(() =>
        panel(host)
          .getByText(/bit\/s to it · .*bit\/s from it/u)
          .count(),
      )
      .toBe(2);
    await shoot(host, "room-panel");
    await host.setViewportSize(phone);
    await shoot(host, "room-panel-phone");
    await guests[0]?.getByRole("button", { name: "Leave" }).click();
    await panel(host).getByText("2 devices").waitFor();
    await guests[1]?.close();
    await panel(host).getByText("Nobody else is here yet").waitFor();
    await context.close();
  });

  test("[RM2] someone who knocks waits for a person, is put out, and stays out", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const host = await openPage(context, `${inject("site")}#home`);
    const rehearsed =
      "```ts {#room}\nconst room = await mesh(2);\n```\n\n```ts {#sum}\nawait tensor([1, 2]).to(room, sbp.split(0)).sum().item()\n```";
    expect(troubles(await runText(host, rehearsed))).toEqual([]);
    const link = await openRoom(host);
    await host.getByLabel("Let everybody in who has the link").uncheck();
    const guest = await join(context, link);
    await panel(host).getByRole("button", { name: "Let in" }).click();
    await panel(host).getByText("2 devices").waitFor();
    await panel(host)
      .getByRole("button", { name: /^Put .*out$/ })
      .click();
    await panel(host).getByText("Nobody else is here yet").waitFor();
    await guest.getByRole("status").getByRole("heading").filter({ hasText: /out/i }).waitFor();
    await panel(host).getByRole("button", { name: "Stop using my GPU" }).click();
    await panel(host).getByRole("button", { name: "Open a room" }).waitFor();
    await expect.poll(() => host.locator("iframe").count()).toBe(1);
    // A mesh that was there before has lost its device: the next one gets another.
    await host.evaluate(() => (window as unknown as Tilebook).tilebook.runAll());
    expect((await cellNamed(host, "sum")).status).toBe("fresh");
    await context.close();
  });

  test("[RM3] when a guest is gone, cells with its mesh are stale and say why, and run again without it", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const host = await openPage(context, `${inject("site")}#home`);
    expect(troubles(await runText(host, "# Empty\n"))).toEqual([]);
    const link = await openRoom(host);
    const guests = [await join(context, link), await join(context, link)];
    await panel(host).getByText("3 devices").waitFor();
    const cells = [
      "```ts {#room run=lazy}\nconst room = await mesh();\n```",
      "```ts {#given}\nconst x = random.normal([30], { seed: 1 }).to(room, sbp.split(0));\nawait realize(x);\n```",
      "```ts {#sum}\nawait x.mul(2).sum().item()\n```",
      '```ts {#size}\ncheck("ranks", room.size, { equals: 2 })\n```',
    ];
    expect(await runText(host, cells.join("\n\n"))).toHaveLength(4);
    await host.evaluate(() => (window as unknown as Tilebook).tilebook.runAll());
    expect((await cellNamed(host, "sum")).status).toBe("fresh");
    await guests[0]?.close();
    await host.locator("#cell-room").getByText("Stale: other devices are in the room now").waitFor();
    await host.locator("#cell-sum").getByText("Stale: x changed").waitFor();
    await host.evaluate(() => (window as unknown as Tilebook).tilebook.runAll());
    expect(troubles(await cellsOf(host))).toEqual([]);
    await context.close();
  });

  test("[RM4] a cell that took all who are there takes those who come later, by itself", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const host = await openPage(context, `${inject("site")}#home`);
    const cells = [
      "```ts {#room run=auto}\nconst room = await mesh();\n```",
      "```ts {#sum run=auto}\nawait random.normal([30], { seed: 1 }).to(room, sbp.split(0)).sum().item()\n```",
      '```ts {#names run=auto}\nroom.ranks.map(({ kind }) => kind).join(" and ")\n```',
    ];
    expect(troubles(await runText(host, cells.join("\n\n")))).toEqual([]);
    await host.locator("#cell-names").getByText("rehearsal").waitFor();
    const link = await openRoom(host);
    const guest = await join(context, link);
    await host.locator("#cell-names").getByText("peer and peer").waitFor();
    await guest.close();
    await host.locator("#cell-names").getByText("rehearsal").waitFor();
    await expect.poll(async () => (await cellNamed(host, "sum")).status).toBe("fresh");
    await context.close();
  });

  test("[RM5] links of a room are made slow in the pages that send, which say so; and are good again with the next mesh", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const host = await openPage(context, `${inject("site")}#home`);
    expect(troubles(await runText(host, "# Empty\n"))).toEqual([]);
    const link = await openRoom(host);
    const guests = [await join(context, link), await join(context, link), await join(context, link)];
    await panel(host).getByText("4 devices").waitFor();
    const made =
      "```ts {#room}\nconst room = await mesh();\nconst x = random.normal([64, 64], { seed: 1 }).to(room, sbp.split(0));\nawait realize(x);\n```";
    const slow = "```ts {#slow}\nawait room.link({ mbps: 4, ms: 20, between: [[0, 2], [1, 3]] });\n```";
    const sent = [
      "```ts {#sent}",
      "const whole = x.add(0).to(room, sbp.broadcast);",
      "const { events, bytes, milliseconds } = await room.measure(() => realize(whole));",
      'const ways = events.filter(({ kind }) => kind === "send").map(({ what }) => what.split(" ")[0]);',
      'display(check("way", [...new Set(ways)].join(), { equals: "all-gather.ring" }));',
      'check("bytes", bytes, { equals: 3 * 64 * 64 * 4 })',
      "```",
    ].join("\n");
    expect(troubles(await runText(host, [made, slow, sent].join("\n\n")))).toEqual([]);
    const line = "Links slowed by the host for a demonstration: 4 Mbit/s, 20 ms";
    for (const guest of guests) await guest.getByText(line).waitFor();
    if (guests[0] !== undefined) await shoot(guests[0], "join-slowed");
    expect(troubles(await runText(host, made))).toEqual([]);
    for (const guest of guests) await guest.getByText(line).waitFor({ state: "detached" });
    await context.close();
  });
});
