import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, runText, troubles } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";

const rehearsed = `# Four ranks in one page

\`\`\`ts {#room}
const room = await mesh(4);
check("ranks", room.ranks.map(({ kind }) => kind).join(), { equals: "rehearsal,rehearsal,rehearsal,rehearsal" });
\`\`\`

\`\`\`ts {#product}
const x = random.normal([64, 96], { seed: 1 });
const w = random.normal([96, 32], { seed: 2 });
const y = x.to(room, sbp.split(0)).matmul(w.to(room, sbp.broadcast)).relu();
const { nmse: away } = await compare(y, x.matmul(w).relu());
check("far from one device", away, { atMost: 1e-10 });
y
\`\`\`

\`\`\`ts {#later}
const total = await y.sum().item();
check("goes on from there", total > 0, { equals: true });
\`\`\`
`;

describe("a mesh", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[ME1] is rehearsed by ranks in this page: a cell's tensors lie on it, and are shown and read from there", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, rehearsed))).toEqual([]);
    const shown = page.locator("#cell-product .tensor");
    await shown.getByText("[64, 32]").waitFor();
    // The numbers of the view were brought here.
    await expect
      .poll(() => page.locator("#cell-product canvas, #cell-product .tensor-numbers").count())
      .toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[ME2] is gone with its notebook, and comes back with it", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    for (let turn = 0; turn < 2; turn++) expect(troubles(await runText(page, rehearsed))).toEqual([]);
    expect((await cellNamed(page, "later")).status).toBe("fresh");
    expect(await page.locator("iframe").count()).toBe(2);
    expect(problems).toEqual([]);
    await close();
  });

  test("[ME3] asks for no more than a page can play, and for nobody who is not here", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const text = '```ts {#many}\nawait mesh(9)\n```\n\n```ts {#who}\nawait mesh(["ada"])\n```\n';
    const cells = await runText(page, text);
    expect(cells.map(({ fault }) => fault?.code)).toEqual(["mesh/wanted", "mesh/who"]);
    await close();
  });

  test("[ME5] goes around links that are slow, says in which way, and takes one that a cell pins", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const cells = await runText(page, around);
    expect(troubles(cells.slice(0, -1))).toEqual([]);
    expect((await cellNamed(page, "never")).fault?.code).toBe("mesh/link");
    await close();
  });
});

const around = `# Around slow links

\`\`\`ts {#room}
const room = await mesh(4);
const given = random.normal([64, 64], { seed: 1 }).to(room, sbp.split(0));
await realize(given);
const ways = async (): Promise<string> => {
  const whole = given.add(0).to(room, sbp.broadcast);
  const { events, bytes } = await room.measure(() => realize(whole));
  const sent = events.filter(({ kind }) => kind === "send").map(({ what }) => what.split(" ")[0]);
  return [...new Set(sent), bytes].join();
};
\`\`\`

\`\`\`ts {#ways}
const bytes = 3 * 64 * 64 * 4;
display(check("alike", await ways(), { equals: \`all-gather.direct,\${bytes}\` }));
await room.link({ mbps: 1, ms: 20, between: [[0, 2], [1, 3]] });
display(check("slow across", await ways(), { equals: \`all-gather.ring,\${bytes}\` }));
await room.link({ collectives: "tree" });
display(check("pinned", await ways(), { equals: \`all-gather.tree,\${bytes}\` }));
await room.link();
check("alike again", await ways(), { equals: \`all-gather.direct,\${bytes}\` })
\`\`\`

\`\`\`ts {#never}
await room.link({ mbps: 0.01 });
\`\`\`
`;

describe("a mesh in Firefox", () => {
  test("[ME4] is rehearsed there, too", async () => {
    const firefox = await launchFirefox();
    const page = await firefox.newPage();
    await page.goto(inject("site"));
    expect(troubles(await runText(doorOf(page), rehearsed))).toEqual([]);
    await firefox.close();
  });
});
