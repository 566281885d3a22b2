import {
  argumentsOf,
  blocksOf,
  isValueOp,
  operandsOf,
  type PointerParam,
  resultsOf,
  type TileKernel,
  type TileOp,
  type TileType,
  type TileValueOp,
  type UnaryName,
  type ValueId,
  valuesOf,
  yieldsOf,
} from "@tilebook/ir";
import { Fault } from "@tilebook/base";
import { heavyValues } from "./heavy.ts";

/** One place that reads a value: an op, or the end of a block that hands it out. */
export interface Use {
  readonly op: TileOp;
  readonly handedOut: boolean;
  /** How many loops stand around the use. */
  readonly loops: number;
}

/** What is known about a kernel's values before any layout is chosen. */
export interface Facts {
  readonly kernel: TileKernel;
  /** Ops in program order, outer before inner. */
  readonly ops: readonly TileOp[];
  readonly definitions: ReadonlyMap<ValueId, TileValueOp>;
  readonly pointers: ReadonlyMap<ValueId, PointerParam>;
  readonly typeOf: (value: ValueId) => TileType;
  readonly usesOf: (value: ValueId) => readonly Use[];
  /** How many loops stand around the value's definition. */
  readonly loopsAt: (value: ValueId) => number;
  readonly loopsAround: (op: TileOp) => number;
  /** Depends on something only its owner thread knows: dots, reductions, loop values, loads of written memory. */
  readonly owned: (value: ValueId) => boolean;
  /** Depends on memory, or on what is made by threads together. */
  readonly reads: (value: ValueId) => boolean;
  /** Would be computed far too often anew: see heavy.ts. */
  readonly heavy: ReadonlySet<ValueId>;
  /** Rough price of computing one element from memory or from what is kept; 0 for what is free. */
  readonly cost: (value: ValueId) => number;
}

/** Ops that cost more than an addition, in additions. */
const unaryCost: Partial<Record<UnaryName, number>> = {
  exp: 8,
  exp2: 8,
  log: 8,
  log2: 8,
  sqrt: 4,
  rsqrt: 4,
  sin: 8,
  cos: 8,
  tanh: 8,
  erf: 16,
  log1p: 16,
  expm1: 12,
};

export function gatherFacts(kernel: TileKernel): Facts {
  const ops: TileOp[] = [];
  const definitions = new Map<ValueId, TileValueOp>();
  const uses = new Map<ValueId, Use[]>();
  const loopsAt = new Map<ValueId, number>();
  const loopsAround = new Map<TileOp, number>();
  /** What folds, scans and sorts read: any of their threads may want any element of it. */
  const collected = new Set<ValueId>();
  const note = (value: ValueId, entry: Use): void => {
    uses.set(value, [...(uses.get(value) ?? []), entry]);
  };
  const visit = (block: readonly TileOp[], loops: number): void => {
    for (const op of block) {
      ops.push(op);
      loopsAround.set(op, loops);
      if (isValueOp(op)) definitions.set(op.result, op);
      if (op.kind === "fold" || op.kind === "scan" || op.kind === "argsort")
        for (const value of operandsOf(op)) collected.add(value);
      for (const value of operandsOf(op)) note(value, { op, handedOut: false, loops });
      const inner = op.kind === "for" ? loops + 1 : loops;
      for (const { value } of resultsOf(op)) loopsAt.set(value, loops);
      for (const { value } of argumentsOf(op)) loopsAt.set(value, inner);
      yieldsOf(op).forEach((arm) =>
        arm.forEach((value) => note(value, { op, handedOut: true, loops: inner })),
      );
      for (const nested of blocksOf(op)) visit(nested, inner);
    }
  };
  visit(kernel.body, 0);
  const pointers = new Map(
    kernel.params.flatMap((param) => (param.kind === "pointer" ? [[param.value, param] as const] : [])),
  );
  const values = valuesOf(kernel);
  const typeOf = (value: ValueId): TileType => {
    const found = values.get(value);
    if (found === undefined) throw new Fault("internal/value", `%${value} has no definition`);
    return found.type;
  };
  const heavy = heavyValues(ops.filter(isValueOp), {
    definitions,
    typeOf,
    isKept: (op) => isKept(op) || readsWritten(op, pointers),
  });
  const owned: (value: ValueId) => boolean = memo((value) =>
    isOwned(value, { definitions, pointers, typeOf, collected, heavy }, owned),
  );
  const cost: (value: ValueId) => number = memo((value) =>
    heavy.has(value) ? 0 : costOf(value, { definitions, typeOf, cost }),
  );
  const reads: (value: ValueId) => boolean = memo((value) => {
    const op = definitions.get(value);
    if (op === undefined) return typeOf(value).shape.length > 0;
    return (
      op.kind === "load" ||
      isKept(op) ||
      operandsOf(op).some((operand) => !pointers.has(operand) && reads(operand))
    );
  });
  return {
    kernel,
    ops,
    definitions,
    pointers,
    typeOf,
    usesOf: (value) => uses.get(value) ?? [],
    loopsAt: (value) => loopsAt.get(value) ?? 0,
    loopsAround: (op) => loopsAround.get(op) ?? 0,
    owned,
    reads,
    heavy,
    cost,
  };
}

/** Ops whose result is made once, by threads together, and stays in registers. */
export function isKept(op: TileValueOp): boolean {
  return op.kind === "dot" || op.kind === "reduce" || op.kind === "argsort" || op.kind === "atomic";
}

/** Ops that take work for each element. */
function isComputed(op: TileValueOp): boolean {
  const kinds: readonly TileOp["kind"][] = ["unary", "binary", "select", "cast", "load", "gather"];
  return kinds.includes(op.kind);
}

/** True for a load whose memory this kernel writes, too: it happens where it stands. */
export function readsWritten(op: TileOp, pointers: ReadonlyMap<ValueId, PointerParam>): boolean {
  return op.kind === "load" && pointers.get(op.pointer)?.access !== "read";
}

function isOwned(
  value: ValueId,
  from: Pick<Facts, "definitions" | "pointers" | "typeOf" | "heavy"> & {
    readonly collected: ReadonlySet<ValueId>;
  },
  owned: (value: ValueId) => boolean,
): boolean {
  if (from.pointers.has(value) || from.typeOf(value).shape.length === 0) return false;
  const op = from.definitions.get(value);
  if (op === undefined || isKept(op) || from.heavy.has(value)) return true;
  if (from.collected.has(value) && isComputed(op)) return true;
  return readsWritten(op, from.pointers) || operandsOf(op).some(owned);
}

function costOf(value: ValueId, facts: Pick<Facts, "definitions" | "typeOf" | "cost">): number {
  const op = facts.definitions.get(value);
  if (op === undefined || op.type.shape.length === 0) return 0;
  if (isKept(op)) return 0;
  const operands = operandsOf(op).reduce((sum, operand) => sum + facts.cost(operand), 0);
  return Math.min(operands + ownCost(op), 1000);
}

function ownCost(op: TileValueOp): number {
  switch (op.kind) {
    case "load":
      return 4;
    case "unary":
      return unaryCost[op.op] ?? 1;
    case "binary":
      if (op.op.startsWith("philox")) return 100;
      return op.op === "pow" ? 12 : op.op === "div" || op.op === "idiv" || op.op === "mod" ? 4 : 1;
    case "select":
    case "cast":
    case "join":
      return 1;
    case "gather":
      return 2;
    case "bitcast":
    case "pick":
    case "argsort":
    case "atomic":
    case "const":
    case "arange":
    case "programId":
    case "numPrograms":
    case "broadcast":
    case "reshape":
    case "transpose":
    case "dot":
    case "reduce":
      return 0;
  }
}

function memo<T>(compute: (value: ValueId) => T): (value: ValueId) => T {
  const known = new Map<ValueId, T>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const result = compute(value);
    known.set(value, result);
    return result;
  };
}
