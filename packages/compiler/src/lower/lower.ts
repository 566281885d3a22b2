import { Fault } from "@tilebook/base";
import {
  type PointerParam,
  type TileKernel,
  type TileOp,
  type TileValueOp,
  type ValueId,
  valueDType,
  walkOps,
} from "@tilebook/ir";
import { rowValues } from "../layout/columns.ts";
import { type Facts, gatherFacts, readsWritten } from "../layout/facts.ts";
import { chooseKept } from "../layout/keep.ts";
import { defaultSchedule, threadsOf } from "../layout/threads.ts";
import type { Schedule, Target } from "../program.ts";
import type { Divisors } from "../specialise.ts";
import { computedAs, type Expr, type Memory, type ThreadKernel, type UniformInput } from "../thread/ir.ts";
import { lowerArgsort } from "./argsort.ts";
import { lowerAtomic } from "./atomic.ts";
import { lowerFold, lowerScan } from "./combine.ts";
import type { Context, Wishes } from "./context.ts";
import { lowerFor, lowerIf } from "./control.ts";
import { Emitter } from "./emitter.ts";
import { evaluateOp } from "./evaluate.ts";
import { exprOf } from "./lanes.ts";
import { materialise } from "./materialise.ts";
import { countMoments, lowerMessage, messageSites } from "./message.ts";
import { lowerReduce } from "./reduce.ts";
import { site } from "./site.ts";
import { lowerStore, orderAccess } from "./store.ts";

/** Runs of the lowering at most; each but the last found something new to share. */
const mostRuns = 32;

/**
 * Tiles to threads. Each op in order becomes statements that every thread of the workgroup runs, on the elements
 * it holds.
 */
export function lowerToThreads(kernel: TileKernel, target: Target, options: LowerOptions = {}): ThreadKernel {
  const facts = gatherFacts(kernel);
  let granted: Wishes = noWishes();
  for (let run = 0; run < mostRuns; run++) {
    const { threads, wishes } = lowerOnce(facts, target, granted, options);
    const grown: Wishes = {
      shared: new Set([...granted.shared, ...wishes.shared]),
      divergent: new Set([...granted.divergent, ...wishes.divergent]),
      narrow: new Set([...granted.narrow, ...wishes.narrow]),
      bytewise: new Set([...granted.bytewise, ...wishes.bytewise]),
    };
    if (countWishes(grown) === countWishes(granted)) return threads;
    granted = grown;
  }
  throw new Fault("internal/lower", `${kernel.name} does not settle`, { span: kernel.span });
}

/** How a kernel is to be lowered, where that is not left to us, and what is known of its numbers. */
export interface LowerOptions {
  readonly schedule?: Schedule;
  readonly divisors?: Divisors;
  /** Buffers whose elements one thread each touches, so that their accesses need no order. */
  readonly apart?: ReadonlySet<string>;
}

function noWishes(): Wishes {
  return { shared: new Set(), divergent: new Set(), narrow: new Set(), bytewise: new Set() };
}

function countWishes({ shared, divergent, narrow, bytewise }: Wishes): number {
  return shared.size + divergent.size + narrow.size + bytewise.size;
}

function lowerOnce(
  facts: Facts,
  target: Target,
  granted: Wishes,
  options: LowerOptions,
): { readonly threads: ThreadKernel; readonly wishes: Wishes } {
  const { kernel } = facts;
  const emitter = new Emitter();
  emitter.span = kernel.span;
  const kept = chooseKept(facts);
  const schedule = options.schedule ?? defaultSchedule(facts, kept, target);
  const threads = threadsOf(schedule);
  const near = subgroupOf(schedule, target);
  const wishes = noWishes();
  const sites = messageSites(kernel);
  const context: Context = {
    emitter,
    facts,
    kept,
    threads,
    schedule,
    subgroup: schedule.operands === "subgroup" && near > 1 ? near : 0,
    near,
    packedDot: target.packedDot,
    apart: options.apart ?? new Set(),
    rowValues: rowValues(facts),
    granted,
    wishes,
    thread: threads.count === 1 ? emitter.int(0) : emitter.outer("tid", "i32", false),
    buffers: declareBuffers(emitter, kernel, granted.narrow),
    tiles: new Map(),
    scalars: new Map(),
    count: { versions: 0 },
    sites,
    moments: countMoments(emitter, facts, sites),
  };
  const uniforms = bindScalars(context, kernel, options.divisors);
  lowerBlock(context, kernel.body);
  const asserts = Array.from(sites.keys()).some((op) => op.kind === "assert");
  if (asserts) emitter.conclude();
  return {
    wishes,
    threads: {
      name: kernel.name,
      workgroupSize: threads.count,
      subgroups: emitter.usesSubgroups,
      ...(schedule.ahead === true ? { ahead: true } : {}),
      memories: emitter.memories,
      uniforms,
      sites: sites.size,
      ...(context.moments === undefined ? {} : { moments: context.moments.name }),
      speaks: sites.size > 0,
      asserts,
      body: emitter.body,
      ...(kernel.span === undefined ? {} : { span: kernel.span }),
    },
  };
}

/** A workgroup that does not fill its subgroups has threads that nobody hears. */
function subgroupOf({ threads }: Schedule, { subgroup = 1 }: Target): number {
  return threads % subgroup === 0 ? subgroup : 1;
}

/** Numbers that are always accessed by aligned fours lie as vectors in their buffer. */
function declareBuffers(
  emitter: Emitter,
  kernel: TileKernel,
  narrow: ReadonlySet<ValueId>,
): ReadonlyMap<ValueId, Memory> {
  const changed = new Set<ValueId>();
  walkOps(kernel.body, (op) => op.kind === "atomic" && changed.add(op.pointer));
  const pointers = kernel.params.filter((param): param is PointerParam => param.kind === "pointer");
  return new Map(
    pointers.map((param) => {
      const single = changed.has(param.value) || narrow.has(param.value);
      const memory = emitter.declare({
        name: emitter.fresh(param.name),
        space: param.access === "read" ? "read" : "readwrite",
        type: { scalar: computedAs[valueDType(param.dtype)], width: single ? 1 : 4 },
        length: 0,
        dtype: param.dtype,
        atomic: changed.has(param.value),
      });
      return [param.value, memory] as const;
    }),
  );
}

function bindScalars(
  context: Context,
  kernel: TileKernel,
  divisors: Divisors = new Map(),
): readonly UniformInput[] {
  const { emitter } = context;
  return kernel.params.flatMap((param) => {
    if (param.kind !== "scalar") return [];
    const name = emitter.fresh(param.name);
    const value = emitter.outer(name, computedAs[param.dtype], true, divisors.get(param.name));
    context.scalars.set(param.value, param.dtype === "f16" ? emitter.half(value) : value);
    return [{ name, field: param.name, dtype: param.dtype }];
  });
}

function lowerBlock(context: Context, block: readonly TileOp[]): void {
  for (const op of block) {
    context.emitter.span = op.span;
    lowerOp(context, op);
  }
}

function lowerOp(context: Context, op: TileOp): void {
  const nested = (block: readonly TileOp[]): void => lowerBlock(context, block);
  if (op.kind === "store") return lowerStore(context, op);
  if (op.kind === "for") return lowerFor(context, op, nested);
  if (op.kind === "if") return lowerIf(context, op, nested);
  if (op.kind === "reduce") return lowerReduce(context, op);
  if (op.kind === "fold") return lowerFold(context, op);
  if (op.kind === "scan") return lowerScan(context, op);
  if (op.kind === "argsort") return lowerArgsort(context, op);
  if (op.kind === "atomic") return lowerAtomic(context, op);
  if (op.kind === "print" || op.kind === "assert") return lowerMessage(context, op);
  if (op.kind === "load" && readsWritten(op, context.facts.pointers)) orderAccess(context, op);
  if (op.type.shape.length === 0) context.scalars.set(op.result, lowerScalar(context, op));
  else if (mustLowerHere(context, op)) materialise(context, op.result, op.label ?? op.kind);
}

/** A dot that is accumulated into a sum is computed with the sum. */
function mustLowerHere(context: Context, op: TileValueOp): boolean {
  const { tiles, sums } = context.kept;
  const inSum = op.kind === "dot" && Array.from(sums.values()).includes(op);
  return tiles.has(op.result) && !inSum;
}

function lowerScalar(context: Context, op: TileValueOp): Expr {
  const { emitter } = context;
  if (op.kind === "programId" || op.kind === "numPrograms") {
    const name = `${op.kind === "programId" ? "program" : "programs"}_${["x", "y", "z"][op.axis]}`;
    return emitter.outer(name, "i32", true);
  }
  return exprOf(emitter, evaluateOp(context, op, site([])));
}
