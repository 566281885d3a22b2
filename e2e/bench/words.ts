import { parseArgs } from "node:util";

export const usage = `npm run bench -- [--second] [--compare results/x.json] [--out x.json] [options of peers/bench.mjs: --cases REGEX --engines a,b
  --rounds N --warm-only --cold-only --heavy --adapter default ...]
npm run bench:firefox -- [--second] [--compare results/x.json] [--out x.json] [--cases REGEX] [--engines a,b]`;

/** What `npm run bench` was told. */
export interface Words {
  readonly firefox: boolean;
  /** Our engine: "tilebook", or "second" for the other form of the ops that have two. */
  readonly engine: string;
  /** A result to be compared again, instead of a new run. */
  readonly compare: string | undefined;
  readonly out: string | undefined;
  readonly cases: string | undefined;
  readonly engines: string | undefined;
  /** For `peers/bench.mjs`, as they came. */
  readonly rest: readonly string[];
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const ours = { second: flag, compare: text, out: text, cases: text, engines: text } as const;
const theirs = {
  rounds: text,
  "batch-ms": text,
  "warm-only": flag,
  "cold-only": flag,
  adapter: text,
  "separate-devices": flag,
  heavy: flag,
  chromium: text,
} as const;

/** Undefined when they make no sense. "firefox" comes first where it is Firefox's turn. */
export function wordsOf(words: readonly string[]): Words | undefined {
  const firefox = words[0] === "firefox";
  const args = firefox ? words.slice(1) : [...words];
  try {
    const { values } = parseArgs({ args: [...args], options: firefox ? ours : { ...ours, ...theirs } });
    const { second, compare, out, cases, engines } = values;
    return {
      firefox,
      engine: second === true ? "second" : "tilebook",
      compare,
      out,
      cases,
      engines,
      rest: restOf(values),
    };
  } catch {
    return undefined;
  }
}

function restOf(values: Readonly<Record<string, string | boolean | undefined>>): readonly string[] {
  return Object.keys(theirs).flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, value];
  });
}
