import {
  type ForOp,
  type LaunchNumbers,
  rangesOf,
  type TileKernel,
  type TileOp,
  walkOps,
} from "@tilebook/ir";
import { copyOp, FreshIds } from "./copy.ts";
import { dropDeadTiles } from "./dead.ts";
import { simplifyMasks } from "./masks.ts";
import { mapBlocks } from "./rewrite.ts";

/**
 * A loop whose last turn is cut short becomes one over the whole steps, whose masks then are true everywhere and gone, and
 * one of a single turn that keeps them. Only where the launch's numbers say that there is such a turn, and only where masks
 * go by it: the text of the loop stands there twice. The kernel itself where no loop is like that.
 */
export function peelLoops(kernel: TileKernel, launch: LaunchNumbers): TileKernel {
  const fresh = new FreshIds(kernel);
  const rangeOf = rangesOf(kernel, launch);
  const cutShort = ({ lower, upper, step }: ForOp): boolean => {
    const [from, to] = [rangeOf(lower), rangeOf(upper)];
    const known = from.least === from.most && to.least === to.most;
    return known && to.most - from.least > step && (to.most - from.least) % step !== 0;
  };
  return lessMasked(kernel, launch, (loop) =>
    canPeel(loop) && cutShort(loop) ? peel(loop, fresh) : undefined,
  );
}

type Peel = (loop: ForOp) => readonly TileOp[] | undefined;

/** Peels one loop after the other, and keeps what rids the loop of a mask. */
function lessMasked(kernel: TileKernel, launch: LaunchNumbers, split: Peel): TileKernel {
  const loops: ForOp[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind === "for") loops.push(op);
  });
  return loops.reduce((before, loop) => {
    const ops = split(loop);
    if (ops === undefined) return before;
    const whole = { ...before, body: replaced(before.body, loop.index, ops) };
    const after = dropDeadTiles(simplifyMasks(whole, launch));
    return masksIn(after, loop.index) < masksIn(before, loop.index) ? after : before;
  }, kernel);
}

function replaced(block: readonly TileOp[], index: number, ops: readonly TileOp[]): readonly TileOp[] {
  return block.flatMap((op) =>
    op.kind === "for" && op.index === index ? ops : [mapBlocks(op, (inner) => replaced(inner, index, ops))],
  );
}

/** What a person is told would be told in two places. Loops in loops would be there four times. */
function canPeel(loop: ForOp): boolean {
  let plain = loop.while === undefined;
  walkOps(loop.body, ({ kind }) => {
    if (kind === "for" || kind === "print" || kind === "assert") plain = false;
  });
  return plain;
}

function peel(loop: ForOp, fresh: FreshIds): readonly TileOp[] {
  const [length, step, rest, middle] = [fresh.take(), fresh.take(), fresh.take(), fresh.take()];
  const about = {
    type: { dtype: "i32" as const, shape: [] },
    ...(loop.span === undefined ? {} : { span: loop.span }),
  };
  const last = copyOp(loop, fresh);
  const between = loop.carried.map((item, at) => ({
    ...item,
    result: last.carried[at]?.result ?? item.result,
  }));
  return [
    { kind: "binary", op: "sub", left: loop.upper, right: loop.lower, result: length, ...about },
    { kind: "const", value: loop.step, result: step, ...about },
    { kind: "binary", op: "mod", left: length, right: step, result: rest, ...about },
    { kind: "binary", op: "sub", left: loop.upper, right: rest, result: middle, ...about },
    { ...loop, upper: middle, carried: between },
    {
      ...last,
      lower: middle,
      carried: last.carried.map((item, at) => ({
        ...item,
        init: between[at]?.result ?? item.init,
        result: loop.carried[at]?.result ?? item.result,
      })),
    },
  ];
}

/** Masks and choices between values in the loop of that index. */
function masksIn(kernel: TileKernel, index: number): number {
  let count = 0;
  walkOps(kernel.body, (op) => {
    if (op.kind === "for" && op.index === index)
      walkOps(op.body, (inner) => {
        const masked = "mask" in inner && inner.mask !== undefined;
        if (masked || ("type" in inner && inner.type.dtype === "bool")) count += 1;
      });
  });
  return count;
}
