// Only tests stand on the parser; the package itself knows it not.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type FaultData, faultData } from "@tilebook/base";
import { analyzeCell, checkKernels, kernelTypes } from "@tilebook/lang";
import type { CheckOutput } from "../output/check.ts";
import { Tensor } from "../tensor.ts";
import { guards } from "../truth.ts";
import { tensorGlobals } from "../types/index.ts";
import { open } from "./cell.ts";
import { evaluate } from "./run-cell.ts";

/** A piece of TypeScript in a page of the documentation. */
export interface Block {
  /** Words after `ts`: none for a cell, `.static` for one that is not run, `.lines` and `.faults` for its kind. */
  readonly words: readonly string[];
  readonly text: string;
  /** Where it stands in the page, counted from 1. */
  readonly line: number;
}

/** What the page's cells get from the sandbox. All but `display` needs a page, so cells that use them run in e2e. */
const pageNames = [
  "live",
  "fileInput",
  "slider",
  "select",
  "toggle",
  "textInput",
  "asset",
  "progress",
  "sleep",
  "signal",
];
const globals: ReadonlySet<string> = new Set([...tensorGlobals, "display"]);

/** The `ts` fences of `docs/<name>`. */
export function blocksOf(name: string): readonly Block[] {
  const page = readFileSync(resolve(import.meta.dirname, "../../../../docs", name), "utf8");
  return [...page.matchAll(/^```ts\b(.*)\n([^]*?)^```$/gm)].map(({ 1: words = "", 2: text = "", index }) => ({
    words: words.match(/[^\s{}]+/g) ?? [],
    text,
    line: page.slice(0, index).split("\n").length + 1,
  }));
}

export function isCell({ words }: Block): boolean {
  return !words.includes(".static");
}

/** Runs the page's cells from top to bottom on the interpreter; gives back the checks they show. */
export async function runCells(blocks: readonly Block[]): Promise<readonly CheckOutput[]> {
  const { host, tensors, ...given } = open();
  const shown: unknown[] = [];
  const display = (value: unknown): unknown => {
    shown.push(value);
    return value;
  };
  const names = new Map<string, unknown>(
    Object.entries({ ...given, ...guards, display, $tick: () => undefined }),
  );
  const left = cellsOfPage(blocks);
  for (const block of blocks.filter((item) => isCell(item) && !left.has(item))) {
    const { text, line } = block;
    const id = `line ${line}`;
    const { code, kernels, faults } = analyzeCell({ id, text }, { globals });
    if (faults.length > 0) throw new Error(`${id}: ${faults.map(({ message }) => message).join("; ")}`);
    const name = (kernel: string): string => kernels.find((site) => site.id === kernel)?.name ?? kernel;
    names.set("$k", (kernel: string, captured: unknown) => ({
      text: { source: id, text, kernel },
      captured,
      params: kernels.find((site) => site.id === kernel)?.params ?? [],
      name: name(kernel),
    }));
    names.set("$show", display);
    const scope = tensors.openScope(id);
    const values = Object.entries(await evaluate(code, names, id));
    for (const [key, value] of values) names.set(key, await value);
    await tensors.realize(values.map(([, value]) => value).filter((value) => value instanceof Tensor));
    scope.enter();
  }
  if (host.alive.size === 0) throw new Error("the cells computed nothing");
  return (await Promise.all(shown)).filter(isCheck);
}

/** The cells that use what only the page gives, and those that use their names. */
function cellsOfPage(blocks: readonly Block[]): ReadonlySet<Block> {
  const missing = new Set(pageNames);
  const found = blocks.filter((block) => {
    if (!isCell(block)) return false;
    const known = new Set([...tensorGlobals, "display"]);
    const { uses, defines } = analyzeCell({ id: "cell", text: block.text }, { globals: known });
    if (!uses.some(({ name }) => missing.has(name))) return false;
    for (const { name } of defines) missing.add(name);
    return true;
  });
  return new Set(found);
}

/** Each name a `.lines` block declares with the type the compiler finds, and the one its comment states. */
export function typesOf(
  { text, line }: Block,
  params: string,
): readonly { readonly said: string; readonly found: string }[] {
  const cell = kernelCell(params, text, `line ${line}`);
  const [fault] = [...cell.analysis.faults, ...kernelFaults(cell)];
  if (fault !== undefined) throw new Error(`${cell.source}: ${sayFault(fault, cell.text)}`);
  const found = new Map(kernelTypes(cell).map(({ name, type }) => [name, type]));
  return [...text.matchAll(/^const (\w+) = .*?\/\/ (.+)$/gm)].map(([, name = "", said = ""]) => ({
    said: `${name}: ${said}`,
    found: `${name}: ${found.get(name) ?? "not found"}`,
  }));
}

/** Each line of a `.launches` block with the code its comment states, and the code of the fault it really ends in. */
export async function codesOf({
  text,
  line,
}: Block): Promise<readonly { readonly said: string; readonly found: string }[]> {
  const statements = text.trimEnd().split("\n");
  const pairs = statements.map(async (statement, at) => {
    const [, body = "", said = "no code"] = /^(.*?)\s*\/\/ (kernel\/[\w-]+)/.exec(statement) ?? [];
    try {
      await runCells([{ words: [], text: body, line: line + at }]);
      return { said: `${body}: ${said}`, found: `${body}: no fault` };
    } catch (error) {
      return { said: `${body}: ${said}`, found: `${body}: ${faultData(error).code}` };
    }
  });
  return Promise.all(pairs);
}

function kernelCell(
  params: string,
  body: string,
  source: string,
): Parameters<typeof checkKernels>[0] & {
  readonly analysis: ReturnType<typeof analyzeCell>;
} {
  const text = `const W = [0.25, 0.5, 0.25];\nconst f = kernel((${params}) => {\n${body}\n});`;
  const analysis = analyzeCell({ id: source, text }, { globals });
  return { source, text, analysis, constants: { W: [0.25, 0.5, 0.25] } };
}

function kernelFaults(cell: Parameters<typeof checkKernels>[0]): readonly FaultData[] {
  return checkKernels(cell).flatMap(({ fault, severity }) => (severity === "error" ? [fault] : []));
}

function sayFault({ code, message, span }: FaultData, text: string): string {
  return `${code}: ${message}: ${text.slice(span?.start, span?.end)}`;
}

function isCheck(value: unknown): value is CheckOutput {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "check";
}
