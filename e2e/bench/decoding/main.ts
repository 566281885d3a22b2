import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findBrowser } from "@tilebook/cli";
import { type HarnessBrowser, harnessBrowser, openInPage } from "../browser.ts";
import { cellOf } from "../training/notebook.ts";
import type { DecodingPage, Written } from "./page.ts";

const notebooks = fileURLToPath(new URL("../../../public/notebooks", import.meta.url));
const beginning = "Call me Ishmael. ";

/**
 * npm run bench:decode - the gallery's tinyLM writes on in Tilebook, jax-js and ONNX Runtime Web: the same weights, prompt and greedy bytes, in one page on one device,
 * in turns. Gives 0 when all engines write the same bytes: else the times are those of different things.
 */
export async function main(words: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...words],
    options: { engines: text, rounds: text, tokens: text, adapter: text },
  });
  if (harnessBrowser === undefined) return 1;
  const { engines = "tilebook,jax,ort", rounds = "3", tokens = "64", adapter = "swiftshader" } = values;
  const wanted = { engines: engines.split(","), rounds: Number(rounds), most: Number(tokens), adapter };
  const found = await inChromium(harnessBrowser, wanted);
  print(found);
  return new Set(Object.values(found).map(({ said }) => said)).size === 1 ? 0 : 1;
}

interface Wanted {
  readonly engines: readonly string[];
  readonly rounds: number;
  readonly most: number;
  readonly adapter: string;
}

interface Found {
  /** What it wrote. */
  readonly said: string;
  /** Until the first byte, where nothing was compiled before; and what the browser's processes spent on CPU for it. */
  readonly coldFirstMs: number;
  readonly coldCpuMs: number;
  readonly rounds: (Written & { readonly cpuMs: number })[];
}

async function inChromium(
  { serve, launch, cpuMs }: HarnessBrowser,
  { engines, rounds, most, adapter }: Wanted,
): Promise<Readonly<Record<string, Found>>> {
  const web = await serve({ add: `decoding=${fileURLToPath(new URL("page.ts", import.meta.url))}` });
  const chrome = await launch({ adapter, executablePath: findBrowser("chromium")?.path });
  const prompt = [...new TextEncoder().encode(beginning)];
  try {
    const page = await chrome.open(web.url);
    const { gpu, renderer } = await chrome.pids();
    const { ask } = await openInPage<DecodingPage>(page, "decoding");
    await ask("prepare", {
      cell: cellOf(readFileSync(join(notebooks, "chat.nb.md"), "utf8"), "rows"),
      file: readFileSync(join(notebooks, "data/tiny-lm.safetensors")).toString("base64"),
    });
    const found: Record<string, Found> = {};
    for (const name of engines) {
      await ask("open", name);
      const before = cpuMs([...gpu, ...renderer]);
      const { firstMs } = await ask("write", name, prompt, 1);
      found[name] = {
        coldCpuMs: cpuMs([...gpu, ...renderer]) - before,
        said: textOf((await ask("write", name, prompt, most)).tokens),
        coldFirstMs: firstMs,
        rounds: [],
      };
    }
    for (let round = 0; round < rounds; round++)
      for (const name of engines) {
        const before = cpuMs(gpu);
        const written = await ask("write", name, prompt, most);
        found[name]?.rounds.push({ ...written, cpuMs: (cpuMs(gpu) - before) / most / written.texts });
      }
    return found;
  } finally {
    await chrome.browser.close();
    web.close();
  }
}

function print(found: Readonly<Record<string, Found>>): void {
  say(`load ${loadavg()[0]?.toFixed(1)}`);
  for (const [name, { said, coldFirstMs, coldCpuMs, rounds }] of Object.entries(found)) {
    const middle = (of: (written: (typeof rounds)[number]) => number): number =>
      rounds.map(of).toSorted((a, b) => a - b)[rounds.length >> 1] ?? Number.NaN;
    const wall = middle(({ wallMs }) => wallMs);
    say(
      [
        name.padEnd(11),
        `${(1000 / wall).toFixed(1)} bytes/s`,
        `${wall.toFixed(1)} ms a byte`,
        `${middle(({ cpuMs }) => cpuMs).toFixed(1)} ms GPU process`,
        `first ${middle(({ firstMs }) => firstMs).toFixed(0)} ms (cold ${coldFirstMs.toFixed(0)}, ${coldCpuMs.toFixed(0)} CPU)`,
        `${middle(({ dispatches }) => dispatches).toFixed(1)} dispatches`,
        `${middle(({ submits }) => submits).toFixed(1)} submits`,
        `${(middle(({ peakBytes }) => peakBytes) / 2 ** 20).toFixed(2)} MiB`,
        JSON.stringify(said),
        ...rounds.flatMap(({ errors }) => errors),
      ].join("  "),
    );
  }
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
