import {
  binaryMeaning,
  castValue,
  type DType,
  dtypeInfo,
  type IfOp,
  resultsOf,
  type TileKernel,
  type TileOp,
  unaryMeaning,
  type ValueId,
  walkOps,
} from "@tilebook/ir";

/** One program of a launch, or whatever is known of it. */
export interface KnownProgram {
  readonly grid?: readonly number[];
  readonly program?: readonly number[];
  /** Values of the scalar parameters, in order. */
  readonly scalars?: readonly number[];
}

/** What the whole numbers of a kernel are that do not depend on data: bounds of loops and conditions of branches. */
export class Scalars {
  /** A value asked for depends on which program it is. */
  differ = false;
  readonly #known: KnownProgram;
  readonly #made: ReadonlyMap<ValueId, TileOp>;
  readonly #first: ReadonlyMap<ValueId, ValueId>;
  readonly #values = new Map<ValueId, number | undefined>();

  constructor(kernel: TileKernel, known: KnownProgram) {
    this.#known = known;
    const { made, first } = makers(kernel);
    this.#made = made;
    this.#first = first;
    const scalars = kernel.params.filter((param) => param.kind === "scalar");
    scalars.forEach(({ value }, at) => this.#values.set(value, known.scalars?.[at]));
  }

  /**
   * Undefined when it is no scalar, or depends on data or on the turn of a loop. In a loop that may end early, of which nobody
   * knows how many turns it has, it is what it is in the first turn.
   */
  of(value: ValueId): number | undefined {
    if (this.#values.has(value)) return this.#values.get(value);
    const [op, first] = [this.#made.get(value), this.#first.get(value)];
    const begun = first === undefined ? undefined : this.of(first);
    const found = op === undefined ? begun : this.#compute(op, value);
    this.#values.set(value, found);
    return found;
  }

  #compute(op: TileOp, value: ValueId): number | undefined {
    const { grid, program } = this.#known;
    if (op.kind === "const") return op.value;
    if (op.kind === "numPrograms") return grid?.[op.axis];
    if (op.kind === "programId") {
      this.differ = true;
      return program?.[op.axis];
    }
    return this.#derive(op, value);
  }

  /** Tiles come to nothing here, since what they are made of is no number. */
  #derive(op: TileOp, value: ValueId): number | undefined {
    if (op.kind === "unary") return this.#apply(op.type.dtype, unaryMeaning[op.op], [op.input]);
    if (op.kind === "binary") return this.#apply(op.type.dtype, binaryMeaning[op.op], [op.left, op.right]);
    if (op.kind === "cast") return this.#cast(op.input, op.type.dtype);
    if (op.kind === "select") return this.#choose(this.of(op.condition), op.yes, op.no);
    return op.kind === "if" ? this.#joined(op, value) : undefined;
  }

  #apply(
    dtype: DType,
    meaning: (...inputs: [number, number]) => number,
    [left, right = left]: readonly [ValueId, ValueId?],
  ): number | undefined {
    const [a, b] = [this.of(left), this.of(right)];
    return a === undefined || b === undefined ? undefined : dtypeInfo[dtype].round(meaning(a, b));
  }

  #cast(input: ValueId, to: DType): number | undefined {
    const [value, made] = [this.of(input), this.#made.get(input)];
    if (value === undefined) return undefined;
    const from = made !== undefined && "type" in made ? made.type.dtype : "i32";
    return dtypeInfo[to].round(castValue(value, from, to));
  }

  #choose(condition: number | undefined, yes: ValueId, no: ValueId): number | undefined {
    return condition === undefined ? undefined : this.of(condition === 0 ? no : yes);
  }

  #joined({ condition, joined }: IfOp, value: ValueId): number | undefined {
    const found = joined.find(({ result }) => result === value);
    return found === undefined
      ? undefined
      : this.#choose(this.of(condition), found.whenTrue, found.whenFalse);
  }
}

/** The op that makes each value; and what an index or an argument of a loop that may end early is in its first turn. */
interface Makers {
  readonly made: ReadonlyMap<ValueId, TileOp>;
  readonly first: ReadonlyMap<ValueId, ValueId>;
}

const known = new WeakMap<TileKernel, Makers>();

function makers(kernel: TileKernel): Makers {
  const found = known.get(kernel);
  if (found !== undefined) return found;
  const made = new Map<ValueId, TileOp>();
  const first = new Map<ValueId, ValueId>();
  walkOps(kernel.body, (op) => {
    for (const { value } of resultsOf(op)) made.set(value, op);
    if (op.kind !== "for" || op.while === undefined) return;
    first.set(op.index, op.lower);
    for (const { argument, init } of op.carried) first.set(argument, init);
  });
  const makersOf = { made, first };
  known.set(kernel, makersOf);
  return makersOf;
}
