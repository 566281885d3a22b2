import {
  argumentsOf,
  type Carried,
  type ForOp,
  type ProgramOp,
  resultsOf,
  type TileKernel,
  type TileOp,
  type TileType,
  type ValueId,
  valuesOf,
  walkOps,
} from "@tilebook/ir";

/** Who defines each value of a kernel. */
export interface Definitions {
  /** The op whose result it is. */
  readonly madeBy: (value: ValueId) => TileOp | undefined;
  /** The carried value whose argument or result it is. */
  readonly carriedAs: (value: ValueId) => Carried | undefined;
  /** The value whose elements it has in other places. */
  readonly spreadFrom: (value: ValueId) => ValueId;
  /** The first value of the kernel that is which program this is, or how many there are, along the same axis. */
  readonly firstLike: (op: ProgramOp) => ValueId;
  /** Undefined for a pointer. */
  readonly typeOf: (value: ValueId) => TileType | undefined;
}

export function definitionsOf(kernel: TileKernel): Definitions {
  const made = new Map<ValueId, TileOp>();
  const carried = new Map<ValueId, Carried>();
  const programs = new Map<string, ValueId>();
  walkOps(kernel.body, (op) => {
    for (const { value } of resultsOf(op)) made.set(value, op);
    if (op.kind === "programId" || op.kind === "numPrograms") {
      const name = `${op.kind} ${op.axis}`;
      programs.set(name, programs.get(name) ?? op.result);
    }
    for (const item of op.kind === "for" ? op.carried : []) {
      carried.set(item.argument, item);
      carried.set(item.result, item);
    }
  });
  const types = valuesOf(kernel);
  return {
    madeBy: (value) => made.get(value),
    spreadFrom: (value) => {
      let from = value;
      for (;;) {
        const op = made.get(from);
        if (op?.kind !== "broadcast" && op?.kind !== "reshape" && op?.kind !== "transpose") return from;
        from = op.input;
      }
    },
    firstLike: ({ kind, axis, result }) => programs.get(`${kind} ${axis}`) ?? result,
    carriedAs: (value) => carried.get(value),
    typeOf: (value) => types.get(value)?.type,
  };
}

/** All values that a loop defines within it: its index, what it carries, and what its body makes. */
export function valuesInside(loop: ForOp): ReadonlySet<ValueId> {
  const inside = new Set(argumentsOf(loop).map(({ value }) => value));
  walkOps(loop.body, (op) => {
    for (const { value } of [...resultsOf(op), ...argumentsOf(op)]) inside.add(value);
  });
  return inside;
}
