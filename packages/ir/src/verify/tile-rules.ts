import { checkStore, checkTileShape, combinedTypes, resultType, sameType, showType } from "../infer.ts";
import type { FoldOp, ForOp, IfOp, ScanOp, TileOp, TileType } from "../tile.ts";
import { argumentsOf, isValueOp, operandsOf, resultsOf } from "../walk.ts";
import type { TileScope } from "./scope.ts";

/** Something that holds for every op of a valid kernel. */
export interface TileRule {
  readonly id: string;
  readonly says: string;
  /**
   * When the rule is asked: at the op, with what is visible before it, or for each of the op's blocks at the
   * block's end, with what is visible there.
   */
  readonly at: "op" | "blockEnd";
  /** What is wrong, if anything is. May throw the Fault of a typing rule instead. `block` counts the op's blocks. */
  readonly check: (op: TileOp, scope: TileScope, block: number) => string | undefined;
}

/** Most characters of the text of a print or an assert. */
export const maxText = 200;

/** Read from top to bottom: each rule may rely on those above it. */
export const tileRules: readonly TileRule[] = [
  {
    id: "T1",
    says: "labels are identifiers",
    at: "op",
    check: (op) => {
      const labels = [...resultsOf(op), ...argumentsOf(op)].map((item) => item.label);
      const bad = labels.find((label) => label !== undefined && !isName(label));
      return bad === undefined ? undefined : `${JSON.stringify(bad)} is no name`;
    },
  },
  {
    id: "T2",
    says: "an op reads values that are visible, and pointers only in load, store and atomic",
    at: "op",
    check: (op, scope) => {
      const pointer = "pointer" in op ? op.pointer : undefined;
      operandsOf(op).forEach((value, place) =>
        value === pointer && place === 0 ? scope.pointee(value) : scope.typeOf(value),
      );
      return undefined;
    },
  },
  {
    id: "T3",
    says: "tile sizes are powers of two",
    at: "op",
    check: (op) => {
      for (const { type } of [...resultsOf(op), ...argumentsOf(op)]) checkTileShape(type.shape, op);
      return undefined;
    },
  },
  {
    id: "T4",
    says: "an op's type is what its operands give",
    at: "op",
    check: (op, scope) => {
      if (op.kind === "store") checkStore(op, scope);
      if (op.kind === "fold" || op.kind === "scan") return checkCombined(op, scope);
      if (op.kind === "print") return checkMask(scope.typeOf(op.value), op.mask, scope);
      if (op.kind === "assert") return checkMask(scope.typeOf(op.condition), op.condition, scope);
      return isValueOp(op) ? mismatch(op.kind, resultType(op, scope), op.type) : undefined;
    },
  },
  {
    id: "T5",
    says: "a loop's bounds are i32 scalars and its step is a positive i32",
    at: "op",
    check: (op, scope) => (op.kind === "for" ? checkHead(op, scope) : undefined),
  },
  {
    id: "T6",
    says: "the condition of an if is a scalar bool",
    at: "op",
    check: (op, scope) =>
      op.kind === "if"
        ? mismatch("the condition", { dtype: "bool", shape: [] }, scope.typeOf(op.condition))
        : undefined,
  },
  {
    id: "T7",
    says: "what a block hands out is visible at its end and of the stated type",
    at: "blockEnd",
    check: (op, scope, block) => {
      if (op.kind === "for") return checkYields(op, scope);
      if (op.kind === "fold" || op.kind === "scan") return checkCombine(op, scope);
      return op.kind === "if" ? checkArm(op, scope, block) : undefined;
    },
  },
  {
    id: "T8",
    says: "a combine is made of constants and elementwise ops on scalars",
    at: "op",
    check: (op) => {
      if (op.kind !== "fold" && op.kind !== "scan") return undefined;
      const odd = op.combine.body.find((inner) => !combining.has(inner.kind));
      if (odd !== undefined) return `its combine has a ${odd.kind}`;
      const tile = op.combine.body.flatMap(resultsOf).find(({ type }) => type.shape.length > 0);
      return tile === undefined ? undefined : `its combine makes a tile ${showType(tile.type)}`;
    },
  },
  {
    id: "T9",
    says: "what keeps a loop going is a bool scalar that it carries",
    at: "op",
    check: (op) => {
      if (op.kind !== "for" || op.while === undefined) return undefined;
      const carried = op.carried.find((item) => item.argument === op.while);
      if (carried === undefined) return `%${op.while} is not carried`;
      return mismatch("the condition", { dtype: "bool", shape: [] }, carried.type);
    },
  },
  {
    id: "T10",
    says: `what a print or an assert says has at most ${maxText} characters`,
    at: "op",
    check: (op) => {
      if (op.kind !== "print" && op.kind !== "assert") return undefined;
      return op.text.length > maxText ? `its text has ${op.text.length}` : undefined;
    },
  },
];

/** What a combine may be made of; its results are scalars. */
const combining: ReadonlySet<TileOp["kind"]> = new Set([
  "const",
  "unary",
  "binary",
  "select",
  "cast",
  "bitcast",
]);

export function isName(text: string): boolean {
  return text.length <= 64 && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text);
}

const index: TileType = { dtype: "i32", shape: [] };

function checkHead(op: ForOp, scope: TileScope): string | undefined {
  if ((op.step | 0) !== op.step || op.step <= 0) return `the step is ${op.step}`;
  const bounds =
    mismatch("the lower bound", index, scope.typeOf(op.lower)) ??
    mismatch("the upper bound", index, scope.typeOf(op.upper));
  return (
    bounds ?? first(op.carried, (item) => mismatch("a carried value", item.type, scope.typeOf(item.init)))
  );
}

function checkMask(type: TileType, mask: number | undefined, scope: TileScope): string | undefined {
  if (mask === undefined) return undefined;
  return mismatch("the mask", { dtype: "bool", shape: type.shape }, scope.typeOf(mask));
}

function checkCombined(op: FoldOp | ScanOp, scope: TileScope): string | undefined {
  const types = combinedTypes(op, scope);
  const { left, right, yields } = op.combine;
  const counts = [op.results.length, left.length, right.length, yields.length];
  if (counts.some((count) => count !== types.length)) return `it combines ${types.length} tiles everywhere`;
  const at = types.findIndex((type, place) => !sameType(type, op.results[place]?.type ?? type));
  const [wanted, seen] = [types[at], op.results[at]?.type];
  return wanted === undefined || seen === undefined ? undefined : mismatch(op.kind, wanted, seen);
}

function checkCombine(op: FoldOp | ScanOp, scope: TileScope): string | undefined {
  return first(op.combine.yields, (value, at) => {
    const dtype = op.results[at]?.type.dtype ?? "f32";
    return mismatch("what a combine gives", { dtype, shape: [] }, scope.typeOf(value));
  });
}

function checkYields(op: ForOp, scope: TileScope): string | undefined {
  return first(op.carried, (item) => mismatch("a carried value", item.type, scope.typeOf(item.yield)));
}

function checkArm(op: IfOp, scope: TileScope, block: number): string | undefined {
  const pick = block === 0 ? "whenTrue" : "whenFalse";
  return first(op.joined, (item) => mismatch("a value of an arm", item.type, scope.typeOf(item[pick])));
}

function mismatch(what: string, wanted: TileType, seen: TileType): string | undefined {
  return sameType(wanted, seen)
    ? undefined
    : `${what} is ${showType(seen)} where ${showType(wanted)} is needed`;
}

function first<T>(
  items: readonly T[],
  check: (item: T, at: number) => string | undefined,
): string | undefined {
  for (const [at, item] of items.entries()) {
    const wrong = check(item, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
