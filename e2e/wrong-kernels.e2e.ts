import { type WrongKernel, wrongKernels } from "@tilebook/lang/testing";
import type { CellState } from "@tilebook/notebook";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { runText } from "./rig/door.ts";

/** Mistakes that the interpreter traps and a GPU survives: a launch writes nowhere else, and ends. */
const survived: ReadonlySet<string> = new Set(["tile/bounds", "tile/race"]);
/** What a launch in the page says, where it is not what the interpreter says. */
const inPage: ReadonlyMap<string, string> = new Map([
  ["run/stopped", "kernel/turns"],
  ["graph/grid", "kernel/grid"],
  // The notebook says it first: no cell defines such a name.
  ["kernel/unknown-name", "name/missing"],
]);

describe("wrong kernels in the page", () => {
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let cells: readonly CellState[];
  beforeAll(async () => {
    browser = await launchChromium();
    ({ page, problems } = await openNotebook(browser));
    cells = await runText(page, wrongKernels.map(cellOf).join("\n"));
  });
  afterAll(() => browser.close());

  test.each(wrongKernels.map((wrong, at) => ({ ...wrong, at })))(
    "[WK1] $title: $code, on its line",
    (wrong) => {
      const cell = cells[wrong.at];
      const errors = errorsIn(cell);
      if (survived.has(wrong.code)) return expect(errors).toEqual([]);
      const [error, ...more] = errors;
      expect([wrong.code, inPage.get(wrong.code)]).toContain(error?.code);
      expect(more).toEqual([]);
      expect(error?.message).not.toMatch(/wgsl|shader|TypeError|undefined is not/i);
      if (!wrong.text.includes("//!")) return;
      const text = cell?.text ?? "";
      expect(lineOf(text, error?.span?.start ?? 0)).toBe(lineOf(text, text.indexOf("//!")));
    },
  );

  test("[WK2] none of them was an error of the page, and the next kernel runs", async () => {
    const right = `const f = kernel((y: Ptr) => store(y + arange(4), arange(4).to("f32")));
check("runs", String([...(await f.launch(1, out(4)).data())]), { equals: "0,1,2,3" })`;
    const [cell] = await runText(page, fenced(right));
    expect(cell?.outputs).toMatchObject([{ kind: "check", passed: true }]);
    expect(problems).toEqual([]);
  });
});

/** What is said against a cell: before it runs, or else by the run. */
function errorsIn(
  cell: CellState | undefined,
): readonly { code: string; message: string; span?: { start: number } }[] {
  const before = cell?.analysis?.faults ?? [];
  if (before.length > 0) return before;
  return cell?.fault === undefined ? [] : [cell.fault];
}

/** A cell with the kernel, launched with something of the right type for each parameter. Its names are in no other cell. */
function cellOf(wrong: WrongKernel, at: number): string {
  const text = textOf(wrong);
  const names = new Set([...text.matchAll(/^(?:const|let|function) (\w+)/gm)].map(([, name = ""]) => name));
  const own = new RegExp(String.raw`(?<![."'])\b(${[...names].join("|")})\b`, "g");
  return fenced(text.replace(own, `$1_${at}`));
}

function textOf({ text, launch, code }: WrongKernel): string {
  if (code.startsWith("syntax/")) return text;
  const parameters = /kernel\((?:async )?\(([^)]*)\)/.exec(text)?.[1] ?? "";
  const types = parameters.split(/,\s*(?=\w+:)/).filter((part) => part !== "");
  const args = types.map((type, at) => {
    const given = launch?.args[at];
    if (typeof given === "number") return String(given);
    const [name = "", declared = ""] = type.split(/:\s*/);
    const stored = new RegExp(`(?:store|atomic\\w+)\\(${name}\\b`).test(text);
    return argumentFor(declared, stored, given?.elements);
  });
  const grid = launch?.grid ?? [1, 1, 1];
  return `${text}\nawait realize(f.launch([${grid.join()}], ${args.join(", ")}));`;
}

function argumentFor(type: string, stored: boolean, elements = 64): string {
  if (type.startsWith("View")) return stored ? "out([8, 8])" : "tensor.zeros([8, 8])";
  if (!type.startsWith("Ptr")) return type === "bool" ? "true" : "1";
  const dtype = /"i32"/.test(type) ? "i32" : "f32";
  return `${stored ? "out" : "tensor.zeros"}([${elements}], "${dtype}")`;
}

function fenced(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\`\n`;
}

function lineOf(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}
