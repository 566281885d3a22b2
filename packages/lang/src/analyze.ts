import { Fault, type FaultData, faultData, type Span } from "@tilebook/base";
import type { AnyNode, Program } from "acorn";
import type { CellAnalysis, Edit, KernelSite, NameUse } from "./cell.ts";
import { applyEdits } from "./edits.ts";
import { findTypes, type LocalFault } from "./erase.ts";
import { hostNames, jsGlobals } from "./globals.ts";
import { instrument, shownExpression } from "./instrument.ts";
import { findKernels, type FoundKernel, isInside, undeclaredIn } from "./kernels.ts";
import { type Names, type Reference, resolveNames } from "./names.ts";
import { checkErased, parseCell } from "./parse.ts";
import { childrenOf, isIdentifier, isTypeOnly, nameEnd, type SyntaxNode, walk } from "./syntax.ts";
import { declaredParams } from "./tile/params.ts";
import { tileGlobals } from "./vocabulary.ts";

export interface CellText {
  readonly id: string;
  readonly text: string;
}

export interface AnalysisOptions {
  /** Names the notebook gives to every cell, besides JavaScript's own. */
  readonly globals: ReadonlySet<string>;
}

/** All that a cell's text says about it. Never throws: what is wrong is in `faults`. */
export function analyzeCell(cell: CellText, options: AnalysisOptions): CellAnalysis {
  try {
    return analyzeProgram(parseCell(cell.id, cell.text), cell, options);
  } catch (error) {
    const deep = error instanceof RangeError;
    const known = deep ? tooDeep(cell.id) : error;
    return { ...nothing, faults: [faultData(known)] };
  }
}

const nothing: CellAnalysis = {
  defines: [],
  captured: [],
  uses: [],
  kernels: [],
  usesAwait: false,
  showsResult: false,
  code: "",
  edits: [],
  faults: [],
};

function tooDeep(source: string): Fault {
  return new Fault("syntax/too-deep", "this cell is nested too deeply to be read", {
    span: { source, start: 0, end: 0 },
    hint: "give the inner parts names of their own",
  });
}

function analyzeProgram(program: Program, cell: CellText, options: AnalysisOptions): CellAnalysis {
  const faults: FaultData[] = [];
  const report = ({ code, message, range, hint }: LocalFault): void => {
    const span: Span = { source: cell.id, ...range };
    faults.push({ code, message, span, ...(hint === undefined ? {} : { hint }) });
  };
  const names = resolveNames(program);
  refuseModules(program, report);
  const erasure = findTypes(program, cell.text, report);
  const kernels = findKernels(program, names, report);
  refuseNames(names, options, report);
  for (const reference of names.references) {
    // What a kernel assigns is the business of its own checker.
    const inKernel = kernels.some(({ node }) => isInside(reference.node, node));
    if (reference.binding === undefined && !(inKernel && reference.writes)) refuseFree(reference, report);
  }
  const use = (node: SyntaxNode, name: string): NameUse => ({
    name,
    span: {
      source: cell.id,
      start: node.start,
      end: isIdentifier(node) ? nameEnd(node, cell.text) : node.end,
    },
  });
  const defines = names.defined.map((binding) => use(binding.node, binding.name));
  const defined = defines.map(({ name }) => name);
  const broken = faults.length > 0;
  if (!broken) checkErased(cell.id, applyEdits(cell.text, erasure.edits));
  const edits: readonly Edit[] = broken
    ? []
    : instrument({ program, text: cell.text, erasure, kernels, defines: defined });
  return {
    defines,
    captured: capturedNames(names),
    uses: usedNames(names, kernels, options).map(({ node }) => use(node, node.name)),
    kernels: kernels.map((kernel) => site(kernel, cell.id)),
    usesAwait: program.body.some(awaits),
    showsResult: shownExpression(program) !== undefined,
    code: broken ? "" : applyEdits(cell.text, edits),
    edits,
    faults: faults.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0)),
  };
}

function site({ id, name, node, captures }: FoundKernel, source: string): KernelSite {
  const span = { source, start: node.start, end: node.end };
  return { id, name, span, captures, params: declaredParams(node) };
}

function capturedNames({ references }: Names): readonly string[] {
  const captured = references.filter(({ binding, later }) => later && binding?.top === true);
  return [...new Set(captured.map(({ node }) => node.name))];
}

/** Free names at their first place. Tile functions are free in kernels and in the functions kernels call. */
function usedNames(names: Names, kernels: readonly FoundKernel[], options: AnalysisOptions): Reference[] {
  const tileCode = kernels.flatMap((kernel) => [kernel.node, ...kernel.helpers]);
  const tileNames = new Set(tileGlobals);
  const undeclared = tileCode.map((body) => ({ body, missing: undeclaredIn(body, names) }));
  const seen = new Set<string>();
  return names.references.filter(({ node, binding }) => {
    const { name } = node;
    if (binding !== undefined || seen.has(name) || jsGlobals.has(name) || options.globals.has(name))
      return false;
    if (name === "kernel" || hostNames.has(name)) return false;
    if (tileNames.has(name) && tileCode.some((body) => isInside(node, body))) return false;
    if (undeclared.some(({ body, missing }) => missing.has(name) && isInside(node, body))) return false;
    seen.add(name);
    return true;
  });
}

function awaits(syntax: SyntaxNode): boolean {
  if (isTypeOnly(syntax) || syntax.type.includes("Function")) return false;
  const node = syntax as AnyNode;
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) return true;
  if (node.type === "VariableDeclaration" && node.kind === "await using") return true;
  return childrenOf(node).some(awaits);
}

const noImport = "what cells can use is there by name, and so are the names of other cells";
const noExport = "every name declared at the top of a cell is there for the others";

function refuseModules(program: Program, report: Report): void {
  walk(program, (node) => {
    const range = { start: node.start, end: Math.min(node.end, node.start + "import".length) };
    const meta = node.type === "MetaProperty" && (node as AnyNode & { meta: SyntaxNode }).meta;
    const imports = node.type === "ImportDeclaration" || node.type === "ImportExpression";
    if (imports || (meta && isIdentifier(meta) && meta.name === "import")) {
      report({ code: "cell/import", message: "a cell cannot import", range, hint: noImport });
    }
    if (node.type.startsWith("Export")) {
      report({ code: "cell/export", message: "a cell cannot export", range, hint: noExport });
    }
    return !isTypeOnly(node);
  });
}

type Report = (fault: LocalFault) => void;

function refuseNames(names: Names, options: AnalysisOptions, report: Report): void {
  for (const { name, node, top } of names.bindings) {
    const range = { start: node.start, end: node.start + name.length };
    if (hostNames.has(name)) report(reserved(name, range));
    else if (top && (jsGlobals.has(name) || options.globals.has(name) || name === "kernel")) {
      const message = `\`${name}\` means something in every cell, so no cell can define it for the others`;
      const hint = "choose another name, or declare it in a block";
      report({ code: "cell/taken-name", message, range, hint });
    }
  }
}

function refuseFree({ node, writes }: Reference, report: Report): void {
  const { name, start, end } = node;
  const range = { start, end };
  if (writes) {
    const message = `\`${name}\` is not declared in this cell, so this cell cannot change it`;
    const hint = `declare it here: \`let ${name} = ...\`; one that another cell declares is changed there`;
    report({ code: "cell/foreign-assignment", message, range, hint });
  } else if (name === "arguments") {
    const message = "`arguments` means something only inside a function";
    report({ code: "cell/arguments", message, range, hint: "give the value a name" });
  } else if (hostNames.has(name)) report(reserved(name, range));
}

function reserved(name: string, range: LocalFault["range"]): LocalFault {
  const message = `\`${name}\` is a name Tilebook uses itself`;
  return { code: "cell/reserved-name", message, range, hint: "choose another name" };
}
