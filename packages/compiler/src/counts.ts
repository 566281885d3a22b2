import {
  type ForOp,
  type IfOp,
  sizeOf,
  storedBytes,
  type TileKernel,
  type TileOp,
  type ValueId,
  valuesOf,
} from "@tilebook/ir";
import { registerPressure } from "./pressure.ts";
import type { LaunchWork, StaticCounts } from "./program.ts";
import { type KnownProgram, Scalars } from "./scalars.ts";
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
    ...workOf(tiles.body, new Counting(tiles, {})),
    workgroupBytes: workgroupBytes(threads),
    barriers: countBarriers(threads),
    registers: registerPressure(threads),
  };
}

/** A launch with more programs is counted by this many of them, when they differ. */
const mostPrograms = 64;

/**
 * What a whole launch has to do. Loops take as many turns as its numbers say, also where that differs from program to
 * program; a loop whose turns depend on data, also because it may end early, counts as one turn, and both arms of such a
 * branch count.
 */
export function launchWork(
  kernel: TileKernel,
  grid: readonly [number, number, number],
  scalars: readonly number[],
): LaunchWork {
  const programs = grid[0] * grid[1] * grid[2];
  if (programs === 0) return { ...none, exact: true };
  const one = countProgram(kernel, { grid, scalars, program: programAt(0, grid) });
  if (!one.differ) return { ...scale(one.work, programs), exact: one.exact };
  const sampled = Math.min(programs, mostPrograms);
  const all = Array.from({ length: sampled }, (_, at) =>
    countProgram(kernel, { grid, scalars, program: programAt(Math.floor((at * programs) / sampled), grid) }),
  );
  const sum = all.map(({ work }) => work).reduce(add, none);
  const exact = sampled === programs && all.every((counted) => counted.exact);
  return { ...rounded(scale(sum, programs / sampled)), exact };
}

function countProgram(
  kernel: TileKernel,
  known: KnownProgram,
): { readonly work: Work; readonly differ: boolean; readonly exact: boolean } {
  const counting = new Counting(kernel, known);
  const work = workOf(kernel.body, counting);
  return { work, differ: counting.differ, exact: counting.exact };
}

function programAt(at: number, [x, y]: readonly number[]): readonly number[] {
  const [width, height] = [x ?? 1, y ?? 1];
  return [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))];
}

/** What is asked while ops are counted, and whether all of it had an answer. */
class Counting {
  /** No loop and no branch was guessed. */
  exact = true;
  readonly #scalars: Scalars;
  readonly #values: ReturnType<typeof valuesOf>;
  readonly #bits: ReadonlyMap<ValueId, number>;

  constructor(kernel: TileKernel, known: KnownProgram) {
    this.#scalars = new Scalars(kernel, known);
    this.#values = valuesOf(kernel);
    this.#bits = new Map(
      kernel.params.flatMap((param) =>
        param.kind === "pointer" ? [[param.value, storedBytes(8, param.dtype)] as const] : [],
      ),
    );
  }

  get differ(): boolean {
    return this.#scalars.differ;
  }

  sizeOf(value: ValueId): number {
    return sizeOf(this.#values.get(value)?.type.shape ?? []);
  }

  /** Bytes of one element of the buffer; half of one where two share a byte. */
  bytesOf(pointer: ValueId): number {
    return (this.#bits.get(pointer) ?? 32) / 8;
  }

  innerOf(left: ValueId): number {
    return this.#values.get(left)?.type.shape[1] ?? 1;
  }

  turnsOf(op: ForOp): number {
    const [lower, upper] = [this.#scalars.of(op.lower), this.#scalars.of(op.upper)];
    const most =
      lower === undefined || upper === undefined ? 1 : Math.max(0, Math.ceil((upper - lower) / op.step));
    if (op.while === undefined && lower !== undefined && upper !== undefined) return most;
    this.exact = false;
    return Math.min(most, 1);
  }

  armsOf(op: IfOp): readonly (readonly TileOp[])[] {
    const condition = this.#scalars.of(op.condition);
    if (condition !== undefined) return [condition === 0 ? op.whenFalse : op.whenTrue];
    this.exact = false;
    return [op.whenTrue, op.whenFalse];
  }
}

function workOf(block: readonly TileOp[], scope: Counting): Work {
  return block.map((op) => workOfOp(op, scope)).reduce(add, none);
}

function workOfOp(op: TileOp, scope: Counting): Work {
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
    case "for":
      return scale(workOf(op.body, scope), scope.turnsOf(op));
    case "if":
      return scope
        .armsOf(op)
        .map((arm) => workOf(arm, scope))
        .reduce(add, none);
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

function rounded(work: Work): Work {
  return {
    flops: Math.round(work.flops),
    bytesRead: Math.round(work.bytesRead),
    bytesWritten: Math.round(work.bytesWritten),
  };
}

function countBarriers(threads: ThreadKernel): number {
  let barriers = 0;
  walkStatements(threads.body, (statement) => {
    if (statement.kind === "barrier" || statement.kind === "agree") barriers += 1;
    if (statement.kind === "conclude") barriers += 2;
  });
  return barriers;
}
