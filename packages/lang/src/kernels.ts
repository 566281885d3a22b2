import type { AnyNode, CallExpression, Function as FunctionNode, Program } from "acorn";
import type { LocalFault } from "./erase.ts";
import { jsGlobals } from "./globals.ts";
import type { Binding, Names, Reference } from "./names.ts";
import { plain, type SyntaxNode, walk } from "./syntax.ts";
import { tileGlobals } from "./vocabulary.ts";

/** A kernel found in a cell's tree. */
export interface FoundKernel {
  /** "k0", "k1", ... in the text's order. */
  readonly id: string;
  /** The const it is bound to, or its id. */
  readonly name: string;
  readonly node: FunctionNode;
  readonly captures: readonly string[];
  /** The functions of the cell that its body calls, and those that they call. */
  readonly helpers: readonly FunctionNode[];
}

const tileNames: ReadonlySet<string> = new Set(tileGlobals);

/** Finds every `kernel((...) => {...})` whose `kernel` is the notebook's. */
export function findKernels(
  program: Program,
  names: Names,
  report: (fault: LocalFault) => void,
): readonly FoundKernel[] {
  const calls: { readonly node: FunctionNode; readonly name: string | undefined }[] = [];
  const bound = new Map<SyntaxNode, string>();
  walk(program, (syntax) => {
    const node = syntax as AnyNode;
    if (node.type === "VariableDeclarator" && node.id.type === "Identifier" && node.init) {
      bound.set(plain(node.init), node.id.name);
    }
    if (node.type === "CallExpression" && isKernelCall(node, names)) {
      const body = kernelBody(node, report);
      if (body !== undefined) calls.push({ node: body, name: bound.get(node) });
    }
    return true;
  });
  return calls
    .toSorted((a, b) => a.node.start - b.node.start)
    .map(({ node, name }, index) => {
      const id = `k${index}`;
      return { id, name: name ?? id, node, ...findCaptures(node, names, report) };
    });
}

function isKernelCall(node: CallExpression, names: Names): boolean {
  const callee = plain(node.callee);
  return callee.type === "Identifier" && callee.name === "kernel" && names.bindingOf(callee) === undefined;
}

function kernelBody(call: CallExpression, report: (fault: LocalFault) => void): FunctionNode | undefined {
  const [first] = call.arguments;
  const body = first === undefined ? undefined : plain(first);
  if (body?.type === "ArrowFunctionExpression" || body?.type === "FunctionExpression") return body;
  report({
    code: "kernel/not-a-function",
    message: "kernel(...) needs the function written out, since it is compiled from its text",
    range: { start: first?.start ?? call.start, end: first?.end ?? call.end },
    hint: "write kernel((x: Ptr, n: i32) => { ... })",
  });
  return undefined;
}

interface Captures {
  readonly captures: readonly string[];
  readonly helpers: readonly FunctionNode[];
}

function findCaptures(kernel: FunctionNode, names: Names, report: (fault: LocalFault) => void): Captures {
  const captured = new Map<string, Binding | undefined>();
  const helpers = new Set<FunctionNode>();
  const waiting: FunctionNode[] = [kernel];
  const meet = ({ node, binding }: Reference): void => {
    const { name } = node;
    const helper = binding?.helper;
    if (helper === undefined) {
      if (captured.has(name) && captured.get(name) !== binding) report(twoMeanings(name, node));
      captured.set(name, binding);
    } else if (helper !== kernel && !helpers.has(helper)) {
      helpers.add(helper);
      waiting.push(helper);
    }
  };
  for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
    freeIn(body, names).forEach(meet);
  }
  return { captures: [...captured.keys()], helpers: [...helpers] };
}

/** The references of a body to what neither it nor the tile language declares. */
function freeIn(body: SyntaxNode, names: Names): readonly Reference[] {
  const undeclared = undeclaredIn(body, names);
  return names.references.filter(({ node, binding }) => {
    if (!isInside(node, body) || undeclared.has(node.name)) return false;
    if (binding !== undefined) return !isInside(binding.node, body);
    const { name } = node;
    return !tileNames.has(name) && !jsGlobals.has(name) && name !== "kernel";
  });
}

/** Names that a body assigns and nobody declares: its own mistake, and nothing that another cell could have. */
export function undeclaredIn(body: SyntaxNode, names: Names): ReadonlySet<string> {
  const written = names.references.filter(
    ({ node, binding, writes }) => writes && binding === undefined && isInside(node, body),
  );
  return new Set(written.map(({ node }) => node.name));
}

/** The kernel gets its constants by name, at the place where it stands. */
function twoMeanings(name: string, node: SyntaxNode): LocalFault {
  return {
    code: "kernel/two-meanings",
    message: `\`${name}\` means one thing in this kernel and another in a helper it calls`,
    range: { start: node.start, end: node.end },
    hint: "give one of them another name, or pass it to the helper",
  };
}

export function isInside(node: SyntaxNode, outer: SyntaxNode): boolean {
  return outer.start <= node.start && node.end <= outer.end;
}
