import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type FaultData, faultData } from "@tilebook/base";
import { compileKernel, portableTarget } from "@tilebook/compiler";
import { runTileKernel } from "@tilebook/interp";
import { outsideOf, sayOutside, type TileKernel } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { analyzeCell } from "./analyze.ts";
import { checkKernels } from "./check/check.ts";
import { knownConstants } from "./constants.ts";
import { lowerKernel } from "./tile/lower.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/tile-language.md"), "utf8");

/** The parameters that the page's statements speak of. */
const params = 'x: Ptr, y: Ptr, h: Ptr<"f16">, ids: Ptr<"i32">, n: i32, u: u32, s: f32, flag: bool';

/** The lines `code // code/of-fault: words` of the page's blocks of one kind. */
function linesOf(kind: string): readonly { readonly text: string; readonly code: string }[] {
  const blocks = [
    ...page.matchAll(new RegExp(`^\`\`\`ts \\{\\.static \\.${kind}\\}\\n([^]*?)^\`\`\`$`, "gm")),
  ];
  return blocks.flatMap(([, block = ""]) =>
    block
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [, text = "", code = line] = /^(.*?)\s*\/\/ (\w+\/[\w-]+): /.exec(line) ?? [];
        return { text, code };
      }),
  );
}

/** What the analysis and the checker have to say to a cell: errors, warnings and notes. */
function saidOf(text: string): readonly string[] {
  const analysis = analyzeCell({ id: "cell", text }, { globals: new Set(["kernel"]) });
  const defined = new Set(analysis.defines.map(({ name }) => name));
  const constants = knownConstants([{ id: "cell", text }]);
  const found = checkKernels({ source: "cell", text, analysis, constants, defined });
  return [...analysis.faults, ...found.map(({ fault }) => fault)].map(({ code }) => code);
}

/** What the compiler has against the kernel, or a launch, or else the interpreter when it looks for everything. */
function foundIn(kernel: TileKernel): readonly FaultData[] {
  compileKernel(kernel, portableTarget);
  const sizes = new Map(kernel.params.map(({ name }) => [name, 64]));
  const outside = outsideOf(kernel, { grid: [2, 1, 1], scalars: new Map(), sizes });
  if (outside.length > 0) return outside.map(sayOutside);
  const args = kernel.params.map(({ kind }) =>
    kind === "scalar" ? 8 : Float64Array.from({ length: 64 }, () => 1),
  );
  const { remarks } = runTileKernel(kernel, [2, 1, 1], args, { races: true, fresh: new Set(["y"]) });
  return remarks;
}

function codesOf(text: string): readonly string[] {
  const said = saidOf(text);
  if (said.length > 0) return said;
  try {
    const captured = knownConstants([{ id: "cell", text }]);
    return foundIn(lowerKernel({ source: "cell", text, kernel: "k0", captured })).map(({ code }) => code);
  } catch (error) {
    return [faultData(error).code];
  }
}

describe("mistakes in docs/tile-language.md", () => {
  test.each(linesOf("faults"))("[Q1] $text: $code, and nothing else", ({ text, code }) => {
    const cell = `const W = [0.25, 0.5, 0.25];\nconst f = kernel((${params}) => {\n${text}\n});`;
    expect(saidOf(cell)).toEqual([code]);
  });

  test.each(linesOf("cells"))("[Q2] $text: $code, and nothing else", ({ text, code }) => {
    expect(codesOf(text)).toEqual([code]);
  });

  test("[Q3] every code that a kernel can get is there, with an example or among those that are nobody's mistake", () => {
    const raised = new Set(
      sources().flatMap((text) => text.match(/(?<=["'`])(kernel|compile|syntax)\/[a-z-]+(?=["'`])/g) ?? []),
    );
    const shown = new Set(
      ["faults", "cells", "launches"].flatMap((kind) => linesOf(kind).map(({ code }) => code)),
    );
    const [, others = ""] = /^These codes are no mistakes of a kernel: ([^]*?)\n\n/m.exec(page) ?? [];
    const named = new Set([...others.matchAll(/`(\w+\/[\w-]+)`/g)].map(([, code]) => code));
    expect([...raised].filter((code) => !shown.has(code) && !named.has(code))).toEqual([]);
    const traps = ["tile/bounds", "tile/race", "tile/store-conflict", "tile/uninitialised", "tile/nan"];
    expect(traps.filter((code) => !shown.has(code))).toEqual([]);
  });
});

/** Everything that may raise a fault of a kernel, but for what only cells of WGSL get. */
function sources(): readonly string[] {
  const folders = ["lang/src", "tensor/src/kernel", "compiler/src", "interp/src/tile", "ir/src/analysis"];
  const packages = resolve(import.meta.dirname, "../..");
  const files = folders.flatMap((folder) =>
    readdirSync(resolve(packages, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      resolve(packages, folder, name),
    ),
  );
  return [...files, resolve(packages, "tensor/src/globals.ts")]
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("/testing/"))
    .map((name) => readFileSync(name, "utf8"));
}
