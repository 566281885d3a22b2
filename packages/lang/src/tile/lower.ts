import { Fault } from "@tilebook/base";
import { type TileKernel, verifyTile } from "@tilebook/ir";
import { findKernels, type FoundKernel } from "../kernels.ts";
import { type Names, resolveNames } from "../names.ts";
import { parseCell } from "../parse.ts";
import type { SyntaxNode } from "../syntax.ts";
import { declareVariable } from "./assign.ts";
import { capturedValues } from "./captured.ts";
import { Context, labelled } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { type Lowering, Variables } from "./lowering.ts";
import { Parameters } from "./params.ts";
import { lowerStatements } from "./statements.ts";
import { withoutIdleConstants } from "./tidy.ts";
import type { Value } from "./value.ts";

export interface KernelRequest {
  /** Names the text in spans: a cell's id, or the path of a text that ships with Tilebook. */
  readonly source: string;
  readonly text: string;
  /** The kernel's id in the text: "k0", "k1", ... */
  readonly kernel: string;
  /**
   * Values of the kernel's captured names. They become constants; `{ $tensor: { dtype, shape } }` stands for a tensor and
   * becomes a view of one more pointer parameter of that name, after all others.
   */
  readonly captured: Readonly<Record<string, unknown>>;
  /** Values of its `Const` parameters, by name. */
  readonly constants?: Readonly<Record<string, unknown>>;
}

/**
 * The Tile IR of one kernel of a cell, verified. Throws a Fault `syntax/...` or `kernel/...` with the span of the
 * smallest piece of the text that is wrong and a hint, or `tile/...` for one that is too large in some way.
 */
export function lowerKernel(request: KernelRequest): TileKernel {
  return lowerNoting(request, new Map());
}

/** `lowerKernel`, which also notes in `declared` what every declared name is, as far as it gets. */
export function lowerNoting(request: KernelRequest, declared: Map<SyntaxNode, Value>): TileKernel {
  const { source, text, kernel } = request;
  const program = parseCell(source, text);
  return guarded(source, () => {
    const names = resolveNames(program);
    const found = findKernels(program, names, () => undefined).find(({ id }) => id === kernel);
    if (found !== undefined) return lowerFound(found, names, request, declared);
    throw new Fault("kernel/unknown", `the text has no kernel ${kernel}`, {
      span: { source, start: 0, end: text.length },
    });
  });
}

function lowerFound(
  found: FoundKernel,
  names: Names,
  { source, captured, constants = {} }: KernelRequest,
  declared: Map<SyntaxNode, Value>,
): TileKernel {
  const { node } = found;
  const context = new Context(source, labelled(found.name) ?? found.id, node);
  if (node.async || node.generator) {
    throw context.fault(
      "kernel/unsupported",
      node,
      "a kernel is a plain function, neither async nor a generator",
    );
  }
  const lowering: Lowering = {
    context,
    kernel: found,
    names,
    captured: capturedValues(context, node, captured),
    variables: new Variables(),
    active: [node],
    assigned: new Map(),
    declared,
    counters: new Set(),
    expression: (part, label) => lowerExpression(lowering, part, label),
    statements: (list) => lowerStatements(lowering, list),
  };
  const parameters = new Parameters(context, node, constants);
  for (const param of node.params) {
    const { node: name, value } = parameters.add(param);
    declareVariable(lowering, name, value);
  }
  if (node.body.type === "BlockStatement") lowering.statements(node.body.body);
  else lowering.expression(node.body);
  const kernel = withoutIdleConstants(context.builder.finish());
  verifyTile(kernel);
  return kernel;
}

/** A tree too deep for our own walk is a fault of the text, like one too deep for the parser. */
function guarded<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Fault("syntax/too-deep", "this kernel is nested too deeply to be read", {
      span: { source, start: 0, end: 0 },
      hint: "give the inner parts names of their own",
    });
  }
}
