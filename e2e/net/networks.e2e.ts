import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveSite, type Site, startHub } from "@tilebook/cli";
import { Hub, hubCertificate } from "@tilebook/hub";
import { type HubAddress, hubCode } from "@tilebook/mesh/hub";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openText, runText, troubles } from "../rig/door.ts";
import { type Network, Networks } from "../rig/networks.ts";
import { kindsUsed, noteConnections } from "../rig/noted.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const notebook = `# A room

\`\`\`ts {#room}
const room = await mesh();
check("ranks", room.ranks.map(({ name }) => name).join(), { equals: "this device,ada" });
const x = random.normal([64, 96], { seed: 1 });
const w = random.normal([96, 32], { seed: 2 });
const y = x.to(room, sbp.split(0)).matmul(w.to(room, sbp.broadcast)).relu();
check("far from one device", (await compare(y, x.matmul(w).relu())).nmse, { atMost: 1e-10 });
\`\`\`
`;

let networks: Networks;
let site: Site;
let browsers: readonly Browser[] = [];
let certificate: Awaited<ReturnType<typeof hubCertificate>>;
const table: string[] = [];

beforeAll(async () => {
  networks = new Networks();
  certificate = await hubCertificate(await mkdtemp(join(tmpdir(), "tilebook-net-")));
  // Of the site's certificate browsers here ask nothing; a page without one would have no GPU.
  site = await serveSite(root, { port: 0, secure: { cert: certificate.pem, key: certificate.pem } });
  browsers = await Promise.all([networks.launch("a"), networks.launch("b")]);
});
afterAll(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await site?.close();
  networks?.close();
  process.stdout.write(`\n${table.join("\n")}\n`);
});

async function newPage(at: 0 | 1): Promise<Page> {
  const context = await browsers[at]?.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
  if (context === undefined) throw new Error("no browser");
  // Nobody outside can be asked anything here.
  await context.route("**/meet.json", (route) => route.fulfill({ json: { relays: [], iceServers: [] } }));
  await context.addInitScript(noteConnections);
  return context.newPage();
}

interface Met {
  readonly app: Page;
  readonly guest: Page;
  /** When the button was pressed: `Date.now`. */
  readonly agreed: number;
}

/** A notebook's room in one station, and a guest in the other who has pressed the button. */
async function meet(hub: HubAddress, hidden: boolean): Promise<Met> {
  const { port } = new URL(site.url);
  const here = `https://${networks.host}:${port}/`;
  const [app, guest] = await Promise.all([newPage(0), newPage(1)]);
  await app.goto(`${here}#home`);
  await openText(app, notebook);
  await app.getByRole("button", { name: "Room", exact: true }).click();
  await app.getByText("Ways to meet").click();
  await app.getByLabel("Code of a hub").fill(hubCode(hub));
  await app.getByRole("button", { name: "Open a room" }).click();
  await app.getByLabel("Let everybody in").check();
  await guest.goto(await app.getByLabel("Link to join").inputValue());
  await guest.getByLabel("Name of this device").fill("ada");
  if (hidden) await guest.getByLabel("Hide my network address").check();
  const agreed = Date.now();
  await guest.getByRole("button", { name: "Join and compute" }).click();
  return { app, guest, agreed };
}

const isReady = (guest: Page, timeout: number): Promise<boolean> =>
  guest
    .getByRole("status")
    .getByRole("heading", { name: "Ready" })
    .waitFor({ timeout })
    .then(
      () => true,
      () => false,
    );

async function close(...pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.context().close()));
}

describe("two stations of a network, and a hub that is wired to it", () => {
  // Without the hub's switch, the networks must be as bad as they are said to be.
  test.each<[Network, boolean]>([
    ["free", true],
    ["no multicast", false],
    ["stations apart", false],
  ])("[NN1] %s: by themselves they connect: %s", async (network, connects) => {
    networks.become(network);
    const hub = await Hub.start({ host: networks.host, port: 0, certificate });
    const { app, guest } = await meet(hub.address, false);
    expect(await isReady(guest, connects ? 30_000 : 12_000)).toBe(connects);
    table.push(`${network}, hub without its switch: ${connects ? "connect" : "never connect"}`);
    await close(app, guest);
    hub.close();
  });

  test.each<[Network, boolean, readonly string[]]>([
    ["free", false, ["host", "prflx", "srflx"]],
    ["no multicast", false, ["host", "prflx", "srflx"]],
    ["stations apart", false, ["relay"]],
    ["free", true, ["relay"]],
  ])("[NN2] %s, address hidden: %s: a guest computes, by %s", async (network, hidden, by) => {
    networks.become(network);
    const hub = await startHub(root, { host: networks.host, port: 0 });
    const { app, guest, agreed } = await meet(hub.address, hidden);
    expect(await isReady(guest, 60_000)).toBe(true);
    const ready = Date.now() - agreed;
    expect(troubles(await runText(app, notebook))).toEqual([]);
    const used = await app.evaluate(kindsUsed);
    expect(by).toEqual(expect.arrayContaining(used));
    expect(used.length).toBeGreaterThan(0);
    table.push(`${network}${hidden ? ", hidden" : ""}: computes, by ${used.join()}, ready after ${ready} ms`);
    await close(app, guest);
    hub.close();
  });
});
