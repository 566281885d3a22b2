import type { BenchResult, Measured } from "./compare/result.ts";

/** What `peers/firefox.mjs` prints for one engine in one case. */
const line = /^(\S+)\s+(\S+)\s+([\d.]+) ms\s+first\s+([\d.]+) ms\s+error (\S+)/;

/** What `peers/firefox.mjs` prints as a result like the other one's JSON. Lines that say something else are failures. */
export function firefoxResult(
  text: string,
  specs: Readonly<Record<string, { readonly flops: number; readonly bytes: number }>>,
): BenchResult {
  const cases: Record<
    string,
    {
      readonly spec: { readonly flops: number; readonly bytes: number };
      readonly engines: Record<string, Measured>;
    }
  > = {};
  for (const said of text.split("\n")) {
    const [id = "", engine = ""] = said.trim().split(/\s+/);
    const spec = specs[id];
    if (spec === undefined) continue;
    cases[id] ??= { spec, engines: {} };
    cases[id].engines[engine] = measured(said) ?? { failed: said.slice(id.length).trim() };
  }
  return { cases, cold: {} };
}

function measured(said: string): Measured | undefined {
  const [found, , , ms, first, error] = line.exec(said) ?? [];
  if (found === undefined) return undefined;
  const value = Number(error);
  return { wallMs: Number(ms), firstMs: Number(first), error: Number.isNaN(value) ? null : value };
}
