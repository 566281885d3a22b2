import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { scriptsOf } from "./rig/rooms/site.ts";

/** What came of two handshakes with a host over one server. */
interface Played {
  readonly name: string;
  readonly outcome: "in" | "out" | "either";
  /** Ids of guests who say that they are in. */
  readonly inside: readonly string[];
  readonly guests: readonly { readonly id: string; readonly states: readonly string[] }[];
  /** Ids of those whom the host has let in. */
  readonly members: readonly string[];
  readonly arrived: readonly { readonly from: string; readonly bytes: number }[];
  readonly texts: number;
}

function file(name: string): string {
  return fileURLToPath(new URL(`rig/rooms/${name}`, import.meta.url));
}

async function played(): Promise<readonly Played[]> {
  const folder = mkdtempSync(join(tmpdir(), "tilebook-evil-"));
  try {
    for (const [name, code] of await scriptsOf(file("evil-peer.ts")))
      writeFileSync(join(folder, name.replace(/\.js$/u, ".mjs")), code);
    const peer = pathToFileURL(join(folder, "page.mjs")).href;
    const { stdout } = await promisify(execFile)(process.execPath, [file("evil.mjs"), peer], {
      maxBuffer: 2 ** 24,
      timeout: 100_000,
    });
    return JSON.parse(stdout) as readonly Played[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("an evil server between a host and its guests", () => {
  test("[EV1] 22 handshakes over one that repeats, mixes, changes, forges: nobody is in who should not be, and nobody for another", async () => {
    const all = await played();
    expect(all.length * 2).toBe(22);
    const told = all.map(({ name, inside, texts }) => `${name}: ${inside.length} of 2 in, ${texts} texts`);
    process.stdout.write(`${told.join("\n")}\n`);
    for (const { name, outcome, inside, guests, members, arrived, texts } of all) {
      const known = guests.map(({ id }) => id);
      expect(texts).toBeGreaterThan(1);
      // Nobody else is in, neither for the guests nor for the host.
      expect(members.filter((id) => !known.includes(id))).toEqual([]);
      if (outcome === "in") expect([name, inside.toSorted()]).toEqual([name, known.toSorted()]);
      if (outcome === "out") expect([name, inside, members]).toEqual([name, [], []]);
      // What each sent came from itself.
      const sent = inside.map((from, place) => ({ from, bytes: 1_000 + place }));
      const order = (list: typeof arrived): readonly string[] =>
        list.map((one) => JSON.stringify(one)).toSorted();
      expect(order(arrived)).toEqual(order(sent));
    }
    const impostor = all.find(({ name }) => name === "answers as another host");
    expect(impostor?.guests.flatMap(({ states }) => states)).toContain("meeting room/host");
  });
});
