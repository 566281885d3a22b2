import {
  accessOf,
  type FoldOp,
  isValueOp,
  operandsOf,
  type ScanOp,
  type TileKernel,
  type TileOp,
  type ValueId,
} from "@tilebook/ir";

/** Drops values nobody reads, carried values that only feed themselves, and loops and branches that do nothing. A buffer whose last load goes is only written. */
export function dropDeadTiles(kernel: TileKernel): TileKernel {
  const body = keepLive(kernel.body, liveValues(kernel.body));
  const access = accessOf(body);
  const params = kernel.params.map((param) =>
    param.kind === "pointer" ? { ...param, access: access(param.value) } : param,
  );
  return { ...kernel, params, body };
}

/** Values that some store depends on. */
function liveValues(body: readonly TileOp[]): ReadonlySet<ValueId> {
  const live = new Set<ValueId>();
  for (let before = -1; before !== live.size;) {
    before = live.size;
    markBlock(body, live);
  }
  return live;
}

/** Marks what a block needs, from its end; says whether it stores anything. */
function markBlock(block: readonly TileOp[], live: Set<ValueId>): boolean {
  let stores = false;
  for (const op of block.toReversed()) stores = markOp(op, live) || stores;
  return stores;
}

function markOp(op: TileOp, live: Set<ValueId>): boolean {
  const mark = (values: readonly ValueId[]): void => values.forEach((value) => live.add(value));
  if (hasEffect(op)) {
    mark(operandsOf(op));
    return true;
  }
  if (op.kind === "fold" || op.kind === "scan") {
    if (op.results.some((item) => live.has(item.result))) mark([...op.inputs, ...op.combine.yields]);
    markBlock(op.combine.body, live);
    return false;
  }
  if (isValueOp(op)) {
    if (live.has(op.result)) mark(operandsOf(op));
    return false;
  }
  if (op.kind === "if") {
    for (const item of op.joined) if (live.has(item.result)) mark([item.whenTrue, item.whenFalse]);
    const stores = [op.whenTrue, op.whenFalse].map((arm) => markBlock(arm, live)).includes(true);
    const needed = stores || op.joined.some((item) => live.has(item.result));
    if (needed) live.add(op.condition);
    return stores;
  }
  if (op.kind !== "for") return false;
  if (op.while !== undefined) mark([op.while]);
  for (const item of op.carried) if (isCarried(item, live)) mark([item.init, item.yield]);
  const stores = markBlock(op.body, live);
  if (stores || op.carried.some((item) => isCarried(item, live))) mark([op.lower, op.upper]);
  return stores;
}

/** Ops that do something beside giving a value. */
function hasEffect(op: TileOp): boolean {
  return op.kind === "store" || op.kind === "atomic" || op.kind === "print" || op.kind === "assert";
}

function isCarried(
  item: { readonly result: ValueId; readonly argument: ValueId },
  live: ReadonlySet<ValueId>,
): boolean {
  return live.has(item.result) || live.has(item.argument);
}

function keepLive(block: readonly TileOp[], live: ReadonlySet<ValueId>): readonly TileOp[] {
  return block.flatMap((op): TileOp[] => {
    if (hasEffect(op)) return [op];
    if (isValueOp(op)) return live.has(op.result) ? [op] : [];
    if (op.kind === "fold" || op.kind === "scan") return keepCombined(op, live);
    if (op.kind === "for") {
      const carried = op.carried.filter((item) => isCarried(item, live));
      const body = keepLive(op.body, live);
      const needed = carried.some((item) => item.argument !== op.while || live.has(item.result));
      const idle = !needed && !hasStore(body);
      return idle ? [] : [{ ...op, carried, body }];
    }
    if (op.kind !== "if") return [op];
    const joined = op.joined.filter((item) => live.has(item.result));
    const [whenTrue, whenFalse] = [keepLive(op.whenTrue, live), keepLive(op.whenFalse, live)];
    const idle = joined.length === 0 && !hasStore(whenTrue) && !hasStore(whenFalse);
    return idle ? [] : [{ ...op, joined, whenTrue, whenFalse }];
  });
}

/** All results stay or none: they are computed together. */
function keepCombined(op: FoldOp | ScanOp, live: ReadonlySet<ValueId>): TileOp[] {
  if (!op.results.some((item) => live.has(item.result))) return [];
  return [{ ...op, combine: { ...op.combine, body: keepLive(op.combine.body, live) } }];
}

function hasStore(block: readonly TileOp[]): boolean {
  return block.some((op) => {
    if (hasEffect(op)) return true;
    if (op.kind === "for") return hasStore(op.body);
    return op.kind === "if" && (hasStore(op.whenTrue) || hasStore(op.whenFalse));
  });
}
