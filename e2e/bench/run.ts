import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findBrowser } from "@tilebook/cli";
import type { Words } from "./words.ts";

/** Runs the harness in Chromium; it prints its tables and writes `file`. False when it failed. */
export function runChromium(peers: string, { engine, cases, engines, rest }: Words, file: string): boolean {
  const browser = findBrowser("chromium")?.path;
  const words = [
    "bench.mjs",
    ...option("--add", added(engine)),
    ...option("--out", file),
    ...option("--chromium", browser),
    ...option("--cases", cases),
    ...option("--engines", engines),
    ...rest,
  ];
  return spawnSync(process.execPath, words, { cwd: peers, stdio: "inherit" }).status === 0;
}

/** Runs the harness in Firefox and gives back what it printed. Undefined when it failed. */
export async function runFirefox(
  peers: string,
  { engine, cases = ".", engines }: Words,
): Promise<string | undefined> {
  const names = engines ?? `${engine},wgsl-reg,wgsl-tiled,tfjs,ort,jax`;
  const browser = findBrowser("firefox")?.path;
  const env = browser === undefined ? process.env : { FIREFOX: browser, ...process.env };
  const harness = spawn(process.execPath, ["firefox.mjs", names, cases, added(engine)], {
    cwd: peers,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  harness.stdout.setEncoding("utf8").on("data", (said: string) => {
    text += said;
    process.stdout.write(said);
  });
  const status = await new Promise((resolve) => harness.once("close", resolve));
  return status === 0 ? text : undefined;
}

function added(engine: string): string {
  return `${engine}=${fileURLToPath(new URL(`${engine}.ts`, import.meta.url))}`;
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
