import type { FaultData } from "@tilebook/base";
import type { ForOp, TileOp } from "@tilebook/ir";
import type { Stir } from "./turn.ts";

/** Says of a loop which masks have shortened it. The last of them is what the others were joined to. */
export function sayShortened(loop: ForOp, masks: readonly TileOp[]): FaultData {
  const mask = masks.findLast((op) => labelOf(op) !== undefined) ?? masks.at(-1);
  return {
    code: "loop/shortened",
    message: `${nameOf(loop)} leaves out its first or last turns in which ${called(mask)} is false everywhere: they change nothing.`,
    ...spanOf(mask ?? loop),
  };
}

/** Says why turns in which a mask is false everywhere are computed all the same. */
export function sayWhole(loop: ForOp, mask: TileOp, stir: Stir): FaultData {
  const { why, hint } = stir.kind === "acts" ? acting(stir.op) : changing(stir.item.label);
  return {
    code: "loop/whole",
    message: `${nameOf(loop)} has turns in which ${called(mask)} is false everywhere, but each of them ${why}.`,
    ...(hint === undefined ? {} : { hint }),
    ...spanOf(mask),
  };
}

interface Reason {
  readonly why: string;
  readonly hint?: string;
}

function acting({ kind }: TileOp): Reason {
  if (kind === "print") return { why: "prints" };
  if (kind === "assert") return { why: "asserts something" };
  return { why: "writes to memory", hint: "With the same mask it would not." };
}

function changing(label = "a variable"): Reason {
  return {
    why: `may change ${label}`,
    hint: `Turns are left out when all stays as it is: where(mask, ..., 0) before it is added up, or -Infinity before a maximum.`,
  };
}

function nameOf({ indexLabel }: ForOp): string {
  return indexLabel === undefined ? "A loop" : `The loop over ${indexLabel}`;
}

function called(mask: TileOp | undefined): string {
  return (mask === undefined ? undefined : labelOf(mask)) ?? "this mask";
}

function labelOf(op: TileOp): string | undefined {
  return "label" in op ? op.label : undefined;
}

function spanOf({ span }: TileOp): Pick<FaultData, "span"> {
  return span === undefined ? {} : { span };
}
