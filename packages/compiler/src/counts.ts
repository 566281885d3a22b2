import {
  blocksOf,
  sizeOf,
  storedBytes,
  type TileKernel,
  type TileOp,
  type ValueId,
  valuesOf,
} from "@tilebook/ir";
import type { StaticCounts } from "./program.ts";
import type { ThreadKernel } from "./thread/ir.ts";
import { workgroupBytes } from "./thread/plan.ts";
import { walkStatements } from "./thread/walk.ts";

interface Work {
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

const none: Work = { flops: 0, bytesRead: 0, bytesWritten: 0 };

/** Work is counted in tiles, as the kernel states it; memory and barriers in threads, as they came out. */
export function staticCounts(tiles: TileKernel, threads: ThreadKernel): StaticCounts {
  return {
    ...workOf(tiles.body, countScope(tiles)),
    workgroupBytes: workgroupBytes(threads),
    barriers: countBarriers(threads),
    registers: countRegisters(threads),
  };
}

interface Scope {
  readonly sizeOf: (value: ValueId) => number;
  readonly constantOf: (value: ValueId) => number | undefined;
  readonly bytesOf: (pointer: ValueId) => number;
  readonly innerOf: (left: ValueId) => number;
}

function countScope(kernel: TileKernel): Scope {
  const values = valuesOf(kernel);
  const constants = new Map<ValueId, number>();
  const visit = (block: readonly TileOp[]): void => {
    for (const op of block) {
      if (op.kind === "const") constants.set(op.result, op.value);
      for (const inner of blocksOf(op)) visit(inner);
    }
  };
  visit(kernel.body);
  const pointers = new Map(
    kernel.params.flatMap((param) => (param.kind === "pointer" ? [[param.value, param.dtype] as const] : [])),
  );
  return {
    sizeOf: (value) => sizeOf(values.get(value)?.type.shape ?? []),
    constantOf: (value) => constants.get(value),
    bytesOf: (pointer) => storedBytes(8, pointers.get(pointer) ?? "f32") / 8,
    innerOf: (left) => values.get(left)?.type.shape[1] ?? 1,
  };
}

function workOf(block: readonly TileOp[], scope: Scope): Work {
  return block.map((op) => workOfOp(op, scope)).reduce(add, none);
}

function workOfOp(op: TileOp, scope: Scope): Work {
  switch (op.kind) {
    case "unary":
    case "binary":
    case "select":
      return op.type.dtype === "f32" || op.type.dtype === "f16"
        ? { ...none, flops: sizeOf(op.type.shape) }
        : none;
    case "fold":
    case "scan": {
      const steps = scope.sizeOf(op.inputs[0] ?? -1);
      return scale(workOf(op.combine.body, scope), steps);
    }
    case "atomic": {
      const bytes = sizeOf(op.type.shape) * scope.bytesOf(op.pointer);
      return { ...none, bytesRead: bytes, bytesWritten: bytes };
    }
    case "dot":
      return { ...none, flops: 2 * sizeOf(op.type.shape) * scope.innerOf(op.left) };
    case "reduce":
      return { ...none, flops: scope.sizeOf(op.input) };
    case "load":
      return { ...none, bytesRead: sizeOf(op.type.shape) * scope.bytesOf(op.pointer) };
    case "store":
      return { ...none, bytesWritten: scope.sizeOf(op.offset) * scope.bytesOf(op.pointer) };
    case "for": {
      const [lower, upper] = [scope.constantOf(op.lower), scope.constantOf(op.upper)];
      const turns =
        lower === undefined || upper === undefined ? 1 : Math.max(0, Math.ceil((upper - lower) / op.step));
      return scale(workOf(op.body, scope), turns);
    }
    case "if":
      return add(workOf(op.whenTrue, scope), workOf(op.whenFalse, scope));
    case "const":
    case "arange":
    case "programId":
    case "numPrograms":
    case "broadcast":
    case "reshape":
    case "transpose":
    case "cast":
    case "bitcast":
    case "join":
    case "pick":
    case "gather":
    case "argsort":
    case "print":
    case "assert":
      return none;
  }
}

function add(a: Work, b: Work): Work {
  return {
    flops: a.flops + b.flops,
    bytesRead: a.bytesRead + b.bytesRead,
    bytesWritten: a.bytesWritten + b.bytesWritten,
  };
}

function scale(work: Work, times: number): Work {
  return {
    flops: work.flops * times,
    bytesRead: work.bytesRead * times,
    bytesWritten: work.bytesWritten * times,
  };
}

function countBarriers(threads: ThreadKernel): number {
  let barriers = 0;
  walkStatements(threads.body, (statement) => {
    if (statement.kind === "barrier" || statement.kind === "agree") barriers += 1;
  });
  return barriers;
}

function countRegisters(threads: ThreadKernel): number {
  return threads.memories
    .filter((memory) => memory.space === "function")
    .reduce((sum, memory) => sum + Math.max(1, memory.length) * memory.type.width, 0);
}
