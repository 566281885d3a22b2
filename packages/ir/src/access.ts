import type { Access, TileOp, ValueId } from "./tile.ts";
import { walkOps } from "./walk.ts";

/** How the body uses each pointer. One that is never used counts as read. */
export function accessOf(body: readonly TileOp[]): (pointer: ValueId) => Access {
  const loaded = new Set<ValueId>();
  const stored = new Set<ValueId>();
  walkOps(body, (op) => {
    if (op.kind === "load" || op.kind === "atomic") loaded.add(op.pointer);
    if (op.kind === "store" || op.kind === "atomic") stored.add(op.pointer);
  });
  return (pointer) => (!stored.has(pointer) ? "read" : loaded.has(pointer) ? "readwrite" : "write");
}
