import { Fault } from "@tilebook/base";
import { type TileKernel, verifyTile } from "@tilebook/ir";
import type { Pattern } from "acorn";
import { findKernels, type FoundKernel } from "../kernels.ts";
import { type Names, resolveNames } from "../names.ts";
import { parseCell } from "../parse.ts";
import { plain, type SyntaxNode } from "../syntax.ts";
import { declareVariable } from "./assign.ts";
import { capturedValues } from "./captured.ts";
import { Context, labelled } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { functionFrame, inFrame } from "./jumps.ts";
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
  return guarded(request.source, () => {
    const opened = openKernel(request);
    const { lowering, node } = opened;
    node.params.forEach(opened.parameter);
    lowerBody(lowering, node);
    return opened.finish();
  });
}

/** The statements of a kernel, or the one expression it is. */
export function lowerBody(lowering: Lowering, node: FoundKernel["node"]): void {
  const { body } = node;
  inFrame(lowering, functionFrame(node), () => {
    if (body.type === "BlockStatement") lowering.statements(body.body);
    else if (lowering.recovery?.skips(body) !== true) lowering.expression(body);
  });
}

/** One kernel about to be lowered: by `lowerKernel` at once, by the checker statement by statement. */
export interface OpenKernel {
  readonly node: FoundKernel["node"];
  readonly lowering: Lowering;
  readonly parameter: (param: Pattern) => void;
  /** What has been lowered, verified. */
  readonly finish: () => TileKernel;
}

/** Finds the kernel; `seen`, when given, is told what every expression turned out to be. */
export function openKernel(request: KernelRequest, seen?: Map<SyntaxNode, Value>): OpenKernel {
  const { source, text, kernel } = request;
  const program = parseCell(source, text);
  const names = resolveNames(program);
  const found = findKernels(program, names, () => undefined).find(({ id }) => id === kernel);
  if (found !== undefined) return openFound(found, names, request, seen);
  throw new Fault("kernel/unknown", `the text has no kernel ${kernel}`, {
    span: { source, start: 0, end: text.length },
  });
}

function openFound(
  found: FoundKernel,
  names: Names,
  { source, captured, constants = {} }: KernelRequest,
  seen: Map<SyntaxNode, Value> | undefined,
): OpenKernel {
  const { node } = found;
  const context = new Context(source, labelled(found.name) ?? found.id, node);
  if (node.async || node.generator) {
    const message = "a kernel is a plain function, neither async nor a generator";
    throw context.fault("kernel/unsupported", node, message, "leave out async; nothing in a kernel waits");
  }
  const lowering = loweringOf(context, found, names, { captured, seen });
  const parameters = new Parameters(context, node, constants);
  return {
    node,
    lowering,
    parameter: (param) => {
      const { node: name, value } = parameters.add(param);
      declareVariable(lowering, name, value);
    },
    finish: () => {
      const kernel = withoutIdleConstants(context.builder.finish());
      verifyTile(kernel);
      return kernel;
    },
  };
}

function loweringOf(
  context: Context,
  found: FoundKernel,
  names: Names,
  { captured, seen }: Pick<KernelRequest, "captured"> & { seen: Map<SyntaxNode, Value> | undefined },
): Lowering {
  const lowering: Lowering = {
    context,
    kernel: found,
    names,
    captured: capturedValues(context, found.node, captured),
    variables: new Variables(),
    active: [found.node],
    frames: [],
    recovery: undefined,
    assigned: new Map(),
    declared: new Map(),
    counters: new Set(),
    expression: (part, label) => {
      const value = lowerExpression(lowering, part, label);
      seen?.set(plain(part), value);
      return value;
    },
    statements: (list) => lowerStatements(lowering, list),
  };
  return lowering;
}

/** A tree too deep for our own walk is a fault of the text, like one too deep for the parser. */
export function guarded<T>(source: string, work: () => T): T {
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
