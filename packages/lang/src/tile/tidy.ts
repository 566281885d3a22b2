import {
  argumentsOf,
  blocksOf,
  operandsOf,
  type TileKernel,
  type TileOp,
  type ValueId,
  walkOps,
  yieldsOf,
} from "@tilebook/ir";

/**
 * The kernel without the constants nobody reads. Lowering a loop a second time with wider types leaves some; values
 * that the person named stay, read or not.
 */
export function withoutIdleConstants(kernel: TileKernel): TileKernel {
  let { body } = kernel;
  for (let idle = idleIn(body); idle.size > 0; idle = idleIn(body)) body = without(body, idle);
  return { ...kernel, body };
}

function idleIn(body: readonly TileOp[]): ReadonlySet<ValueId> {
  const read = new Set<ValueId>();
  const made = new Set<ValueId>();
  walkOps(body, (op) => {
    operandsOf(op).forEach((value) => read.add(value));
    yieldsOf(op).forEach((values) => values.forEach((value) => read.add(value)));
    argumentsOf(op).forEach(({ value }) => read.add(value));
    const spare = op.kind === "const" || op.kind === "broadcast" || op.kind === "cast";
    if (spare && op.label === undefined) made.add(op.result);
  });
  return new Set([...made].filter((value) => !read.has(value)));
}

function without(body: readonly TileOp[], idle: ReadonlySet<ValueId>): readonly TileOp[] {
  return body.flatMap((op): readonly TileOp[] => {
    if ("result" in op && idle.has(op.result)) return [];
    if (blocksOf(op).length === 0) return [op];
    if (op.kind === "fold" || op.kind === "scan")
      return [{ ...op, combine: { ...op.combine, body: without(op.combine.body, idle) } }];
    if (op.kind === "for") return [{ ...op, body: without(op.body, idle) }];
    if (op.kind !== "if") return [op];
    return [{ ...op, whenTrue: without(op.whenTrue, idle), whenFalse: without(op.whenFalse, idle) }];
  });
}
