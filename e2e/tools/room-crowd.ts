import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findBrowser } from "@tilebook/cli";
import { chromium, type Page } from "playwright-core";
import { chromiumFlags } from "../rig/chromium-flags.ts";
import { processorSeconds } from "../rig/processor-time.ts";
import { scriptsOf, serveRooms } from "../rig/rooms/site.ts";

const crowdScript = fileURLToPath(new URL("../rig/rooms/crowd.mjs", import.meta.url));

/**
 * npm run bench:crowd -- [guests] [processes] - how soon so many guests, in so many Node processes, are in the room of one page of Chromium; and what a message to
 * all of them takes.
 */
export async function main(words: readonly string[]): Promise<number> {
  const [count, processes] = [Number(words[0] ?? 300), Number(words[1] ?? 3)];
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
    const used = processorSeconds();
    const crowds = Array.from({ length: processes }, (_, at) =>
      crowdOf([guest.url, relay, compute, String(Math.floor((count + at) / processes))]),
    );
    const told = await Promise.all(crowds);
    const start = Math.min(...told.map(({ began }) => began));
    const sorted = told.flatMap(({ came }) => came.map((time) => time - start)).toSorted((x, y) => x - y);
    const [all, median] = [sorted.at(-1), sorted[Math.floor(count / 2)]];
    const processor = Number((processorSeconds() - used).toFixed(1));
    const roundTrip = await roundTrips(page);
    process.stdout.write(
      `${JSON.stringify({ guests: count, processes, all, median, processor, ...roundTrip, load: loadavg()[0] })}\n`,
    );
  } finally {
    await browser.close();
    site.close();
    guest.remove();
  }
  return 0;
}

/** When a process of guests began to join, and when each of its guests was in: `Date.now`. */
interface Crowd {
  readonly began: number;
  readonly came: readonly number[];
}

async function crowdOf(words: readonly string[]): Promise<Crowd> {
  const crowd = spawn(process.execPath, [crowdScript, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  const [said, ...more] = (await Promise.race([
    once(crowd.stdout, "data"),
    once(crowd, "exit"),
  ])) as unknown[];
  if (said instanceof Buffer) return JSON.parse(said.toString("utf8")) as Crowd;
  throw new Error(`guests ended: ${[said, ...more].join(", ")}`);
}

/** Links beat twice a second, and say how long the answer took. */
async function roundTrips(page: Page): Promise<{ readonly in: number; readonly roundTrip95: number }> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const trips = await page.evaluate(
    () =>
      window.rooms.hosted?.members
        .filter(({ state }) => state === "in")
        .map(({ roundTrip }) => roundTrip ?? NaN) ?? [],
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
