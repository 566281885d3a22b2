import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBrowser } from "@tilebook/cli";
import { prepareHarness } from "./prepare.ts";

const peers = fileURLToPath(new URL("peers", import.meta.url));
const engine = fileURLToPath(new URL("tilebook.ts", import.meta.url));
const results = fileURLToPath(new URL("results", import.meta.url));

/** npm run bench - the harness with Tilebook in it. Words go to the harness as they are. */
export async function main(words: readonly string[]): Promise<number> {
  if (!prepareHarness(peers)) return 1;
  mkdirSync(results, { recursive: true });
  const file = `${results}/${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
  const harness = ["bench.mjs", "--add", `tilebook=${engine}`, "--out", file];
  const chromium = findBrowser("chromium")?.path;
  const browser = chromium === undefined ? [] : ["--chromium", chromium];
  const { status } = spawnSync(process.execPath, [...harness, ...browser, ...words], {
    cwd: peers,
    stdio: "inherit",
  });
  return status ?? 1;
}
