import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findBrowser } from "@tilebook/cli";
import { chromium, type Page } from "playwright-core";
import { chromiumFlags } from "../rig/chromium-flags.ts";
import { scriptsOf, serveRooms } from "../rig/rooms/site.ts";

const crowdScript = fileURLToPath(new URL("../rig/rooms/crowd.mjs", import.meta.url));

/** npm run bench:crowd -- [guests] - how soon so many guests, all in one Node process, are in the room of one page of Chromium; and what a message to all of them takes. */
export async function main(words: readonly string[]): Promise<number> {
  const count = Number(words[0] ?? 300);
  const [site, guest] = await Promise.all([serveRooms(), guestModule()]);
  const browser = await chromium.launch({
    executablePath: findBrowser("chromium")?.path ?? "",
    args: [...chromiumFlags],
  });
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    const { compute } = await page.evaluate(() =>
      window.rooms.host(["relay"], { autoAdmit: true, locked: false, cap: 400 }),
    );
    const relay = `${site.url.replace("http", "ws")}relay`;
    const crowd = spawn(process.execPath, [crowdScript, guest.url, relay, compute, String(count)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const said = (await Promise.race([once(crowd.stdout, "data"), once(crowd, "exit")])) as unknown[];
    const [times0] = said;
    if (!(times0 instanceof Buffer)) throw new Error(`the guests ended: ${said.join(", ")}`);
    const times = JSON.parse(times0.toString("utf8")) as number[];
    const sorted = times.toSorted((a, b) => a - b);
    const [all, median] = [round(sorted.at(-1)), round(sorted[Math.floor(count / 2)])];
    const roundTrip = await roundTrips(page);
    process.stdout.write(
      `${JSON.stringify({ guests: count, all, median, ...roundTrip, load: loadavg()[0] })}\n`,
    );
  } finally {
    await browser.close();
    site.close();
    guest.remove();
  }
  return 0;
}

/** Links beat twice a second, and say how long the answer took. */
async function roundTrips(page: Page): Promise<{ readonly in: number; readonly roundTrip95: number }> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const trips = await page.evaluate(
    () => window.rooms.hosted?.members.map(({ roundTrip }) => roundTrip ?? NaN) ?? [],
  );
  const sorted = trips.toSorted((a, b) => a - b);
  return { in: trips.length, roundTrip95: Math.round(sorted[Math.floor(trips.length * 0.95)] ?? NaN) };
}

async function guestModule(): Promise<{ readonly url: string; remove(): void }> {
  const scripts = await scriptsOf(fileURLToPath(new URL("../rig/rooms/node-guest.ts", import.meta.url)));
  const folder = mkdtempSync(join(tmpdir(), "tilebook-crowd-"));
  for (const [name, code] of scripts) writeFileSync(join(folder, name.replace(/\.js$/u, ".mjs")), code);
  const url = pathToFileURL(join(folder, "page.mjs")).href;
  return { url, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function round(ms: number | undefined): number {
  return Math.round(ms ?? NaN);
}
