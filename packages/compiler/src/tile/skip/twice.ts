import type { Carried, ForOp, TileOp, TileType, TileValueOp, ValueId } from "@tilebook/ir";
import type { FreshIds } from "../copy.ts";
import type { Guard } from "./idle-reach.ts";

/** Where a loop is walked first, and where then, if need be. */
export interface Places {
  readonly lower: ValueId;
  /** Turns from here on are idle where the guard holds. */
  readonly early: ValueId;
  /** From `lower` to the first of them. */
  readonly way: ValueId;
  readonly upper: ValueId;
  readonly guard: Guard;
}

/**
 * The loop up to `early`, and from there on only where the guard does not hold then. So that its body stands in the text once, a
 * loop around it has two turns, of which the second is seldom taken:
 *
 *   for turn = 0 to 2 while open carry the same, open = true {
 *     for index = lower + turn * way to (turn == 0 ? early : upper) { the body }
 *     open = least element of the guarded value < guard
 *   }
 */
export function twice(loop: ForOp, places: Places, fresh: FreshIds): readonly TileOp[] {
  return new Twice(loop, places, fresh).ops();
}

type Draft = TileValueOp extends infer T ? (T extends TileValueOp ? Omit<T, "result"> : never) : never;

const i32: TileType = { dtype: "i32", shape: [] };
const bool: TileType = { dtype: "bool", shape: [] };

class Twice {
  readonly #loop: ForOp;
  readonly #places: Places;
  readonly #fresh: FreshIds;
  #block: TileOp[] = [];

  constructor(loop: ForOp, places: Places, fresh: FreshIds) {
    this.#loop = loop;
    this.#places = places;
    this.#fresh = fresh;
  }

  ops(): readonly TileOp[] {
    const zero = this.#emit({ kind: "const", value: 0, type: i32 });
    const two = this.#emit({ kind: "const", value: 2, type: i32 });
    const yes = this.#emit({ kind: "const", value: 1, type: bool });
    const before = this.#block;
    const [turn, open] = [this.#fresh.take(), this.#fresh.take()];
    const carried = this.#loop.carried.map((item) => ({
      ...item,
      argument: this.#fresh.take(),
      yield: this.#fresh.take(),
    }));
    this.#block = [];
    const goesOn = this.#body({ turn, zero, carried });
    const more: Carried = {
      init: yes,
      argument: open,
      yield: goesOn,
      result: this.#fresh.take(),
      type: bool,
    };
    const outer: ForOp = {
      kind: "for",
      index: turn,
      lower: zero,
      upper: two,
      step: 1,
      while: open,
      carried: [...carried, more],
      body: this.#block,
      ...this.#about(),
    };
    return [...before, outer];
  }

  /** What `carried` of the loop around it goes in as and comes out as. Gives whether there is more to do. */
  #body(around: {
    readonly turn: ValueId;
    readonly zero: ValueId;
    readonly carried: readonly Carried[];
  }): ValueId {
    const { lower, early, way, upper, guard } = this.#places;
    const { turn, zero, carried } = around;
    const moved = this.#emit({ kind: "binary", op: "mul", left: turn, right: way, type: i32 });
    const from = this.#emit({ kind: "binary", op: "add", left: lower, right: moved, type: i32 });
    const isFirst = this.#emit({ kind: "binary", op: "eq", left: turn, right: zero, type: bool });
    const to = this.#emit({ kind: "select", condition: isFirst, yes: early, no: upper, type: i32 });
    const inside = this.#loop.carried.map((item, at) => ({
      ...item,
      init: carried[at]?.argument ?? item.init,
      result: carried[at]?.yield ?? item.result,
    }));
    this.#block.push({ ...this.#loop, lower: from, upper: to, carried: inside });
    const at = this.#loop.carried.findIndex(({ argument }) => argument === guard.item.argument);
    return this.#isBelow(inside[at]?.result ?? guard.item.result, guard);
  }

  /** Whether an element of the value is below the guard. */
  #isBelow(value: ValueId, { item, least }: Guard): ValueId {
    const { dtype, shape } = item.type;
    let low = value;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const type = { dtype, shape: shape.slice(0, axis) };
      low = this.#emit({ kind: "reduce", op: "min", input: low, axis, type });
    }
    const bound = this.#emit({ kind: "const", value: least, type: { dtype, shape: [] } });
    return this.#emit({ kind: "binary", op: "lt", left: low, right: bound, type: bool });
  }

  #emit(draft: Draft): ValueId {
    const result = this.#fresh.take();
    this.#block.push({ ...draft, result, ...this.#about() });
    return result;
  }

  #about(): Pick<ForOp, "span"> {
    const { span } = this.#loop;
    return span === undefined ? {} : { span };
  }
}
