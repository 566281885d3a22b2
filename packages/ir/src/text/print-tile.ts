import { showType } from "../infer.ts";
import type {
  AtomicOp,
  FoldOp,
  ForOp,
  IfOp,
  ScanOp,
  StoreOp,
  TileKernel,
  TileOp,
  TileParam,
  TileValueOp,
  ValueId,
} from "../tile.ts";
import { argumentsOf, isValueOp, resultsOf, type TypedValue, walkOps } from "../walk.ts";
import { Lines, type PrintedText, printNumber } from "./lines.ts";

/*
 * The text form of Tile IR. One op a line; a value is %id, or %label.id when the user named it.
 *
 *   kernel name(%x.0: ptr<f32, read>, %n.1: i32) {
 *     %2: i32[16] = arange 0 16
 *     %mask.5: bool[16] = lt %2, %4
 *     %6: f32[16] = load %x.0[%2], mask %mask.5, other %7
 *     store %x.0[%2], %6, mask %mask.5
 *     %s.12: f32[16] = for %i.8 = %3 to %n.1 step 16 carry %s.9 = %7 {
 *       yield %11
 *     }
 *     %18: f32[4] = fold %6 axis 1 with %16 and %17 {
 *       %19: f32 = add %16, %17
 *       yield %19
 *     }
 *     print "so far" %6, mask %mask.5
 *     %15: f32 = if %13 {
 *       yield %14
 *     } else {
 *       yield %16
 *     }
 *   }
 *
 * Spans are not part of the text: `printTileLines` gives them beside it, and `readTile` can point them into it.
 */

/** The kernel as text; `readTile` reads it back. */
export function printTile(kernel: TileKernel): string {
  return printTileLines(kernel).text;
}

/** The same text with the span of every line. */
export function printTileLines(kernel: TileKernel): PrintedText {
  const lines = new Lines();
  addKernel(lines, kernel);
  return lines.finish();
}

/** Adds the kernel's lines, for texts that hold more than one. */
export function addKernel(lines: Lines, kernel: TileKernel): void {
  new TilePrinter(lines, kernel).print(kernel);
}

class TilePrinter {
  readonly #lines: Lines;
  readonly #names = new Map<ValueId, string>();

  constructor(lines: Lines, kernel: TileKernel) {
    this.#lines = lines;
    const name = ({ value, label }: Pick<TypedValue, "value" | "label">): unknown =>
      this.#names.set(value, label === undefined ? `%${value}` : `%${label}.${value}`);
    for (const param of kernel.params) name({ value: param.value, label: param.name });
    walkOps(kernel.body, (op) => [...resultsOf(op), ...argumentsOf(op)].forEach(name));
  }

  print(kernel: TileKernel): void {
    const params = kernel.params.map((param) => this.#param(param));
    this.#lines.add(`kernel ${kernel.name}(${params.join(", ")}) {`, kernel.span);
    this.#lines.indent(() => kernel.body.forEach((op) => this.#op(op)));
    this.#lines.add("}", kernel.span);
  }

  #param(param: TileParam): string {
    const type = param.kind === "pointer" ? `ptr<${param.dtype}, ${param.access}>` : param.dtype;
    return `${this.#name(param.value)}: ${type}`;
  }

  #op(op: TileOp): void {
    const { span } = op;
    if (isValueOp(op)) return this.#lines.add(`${this.#results(op)}${this.#value(op)}`, span);
    switch (op.kind) {
      case "for":
        return this.#for(op);
      case "if":
        return this.#if(op);
      case "fold":
      case "scan":
        return this.#combining(op);
      case "store":
        return this.#lines.add(this.#store(op), span);
      case "print":
        return this.#lines.add(
          `print ${JSON.stringify(op.text)} ${this.#name(op.value)}${this.#given("mask", op.mask)}`,
          span,
        );
      case "assert":
        return this.#lines.add(
          `assert ${op.turns === true ? "turns " : ""}${JSON.stringify(op.text)} ${this.#name(op.condition)}`,
          span,
        );
    }
  }

  #combining(op: FoldOp | ScanOp): void {
    const { combine, inputs, axis } = op;
    const reverse = op.kind === "scan" && op.reverse ? " reverse" : "";
    const sides = `${this.#list(combine.left)} and ${this.#list(combine.right)}`;
    const head = `${op.kind} ${this.#list(inputs)} axis ${axis}${reverse} with ${sides}`;
    this.#lines.add(`${this.#results(op)}${head} {`, op.span);
    this.#block(combine.body, combine.yields, op);
    this.#lines.add("}", op.span);
  }

  #for(op: ForOp): void {
    const { carried, span } = op;
    const inits = carried.map((item) => `${this.#name(item.argument)} = ${this.#name(item.init)}`);
    const carry = inits.length === 0 ? "" : ` carry ${inits.join(", ")}`;
    const range = `${this.#name(op.lower)} to ${this.#name(op.upper)} step ${op.step}`;
    const goesOn = op.while === undefined ? "" : ` while ${this.#name(op.while)}`;
    this.#lines.add(`${this.#results(op)}for ${this.#name(op.index)} = ${range}${goesOn}${carry} {`, span);
    this.#block(
      op.body,
      carried.map((item) => item.yield),
      op,
    );
    this.#lines.add("}", span);
  }

  #if(op: IfOp): void {
    const { joined, span } = op;
    this.#lines.add(`${this.#results(op)}if ${this.#name(op.condition)} {`, span);
    this.#block(
      op.whenTrue,
      joined.map((item) => item.whenTrue),
      op,
    );
    this.#lines.add("} else {", span);
    this.#block(
      op.whenFalse,
      joined.map((item) => item.whenFalse),
      op,
    );
    this.#lines.add("}", span);
  }

  #block(body: readonly TileOp[], yields: readonly ValueId[], { span }: TileOp): void {
    this.#lines.indent(() => {
      body.forEach((op) => this.#op(op));
      if (yields.length > 0) this.#lines.add(`yield ${this.#list(yields)}`, span);
    });
  }

  #store({ pointer, offset, value, mask }: StoreOp): string {
    return `store ${this.#name(pointer)}[${this.#name(offset)}], ${this.#name(value)}${this.#given("mask", mask)}`;
  }

  #atomic({ op, pointer, offset, value, compare, mask }: AtomicOp): string {
    const options = this.#given("compare", compare) + this.#given("mask", mask);
    return `atomic ${op} ${this.#name(pointer)}[${this.#name(offset)}], ${this.#name(value)}${options}`;
  }

  #value(op: TileValueOp): string {
    switch (op.kind) {
      case "const":
        return `const ${printNumber(op.value)}`;
      case "programId":
      case "numPrograms":
        return `${op.kind} ${op.axis}`;
      case "arange":
        return `arange ${op.start} ${op.end}`;
      case "broadcast":
      case "reshape":
      case "cast":
      case "bitcast":
        return `${op.kind} ${this.#name(op.input)}`;
      case "transpose":
        return `transpose ${this.#name(op.input)} [${op.order.join(", ")}]`;
      case "unary":
        return `${op.op} ${this.#name(op.input)}`;
      case "binary":
        return `${op.op} ${this.#list([op.left, op.right])}`;
      case "select":
        return `select ${this.#list([op.condition, op.yes, op.no])}`;
      case "load": {
        const options = this.#given("mask", op.mask) + this.#given("other", op.other);
        return `load ${this.#name(op.pointer)}[${this.#name(op.offset)}]${options}`;
      }
      case "dot":
      case "join":
        return `${op.kind} ${this.#list([op.left, op.right])}`;
      case "pick":
        return `pick ${this.#name(op.input)} axis ${op.axis} at ${op.index}`;
      case "gather":
        return `gather ${this.#name(op.input)}[${this.#name(op.index)}] axis ${op.axis}`;
      case "argsort":
        return `argsort ${this.#name(op.input)} axis ${op.axis}${op.descending ? " descending" : ""}`;
      case "atomic":
        return this.#atomic(op);
      case "reduce":
        return `reduce ${op.op} ${this.#name(op.input)} axis ${op.axis}`;
    }
  }

  #results(op: TileOp): string {
    const results = resultsOf(op).map(({ value, type }) => `${this.#name(value)}: ${showType(type)}`);
    return results.length === 0 ? "" : `${results.join(", ")} = `;
  }

  #given(word: string, value: ValueId | undefined): string {
    return value === undefined ? "" : `, ${word} ${this.#name(value)}`;
  }

  #list(values: readonly ValueId[]): string {
    return values.map((value) => this.#name(value)).join(", ");
  }

  #name(value: ValueId): string {
    return this.#names.get(value) ?? `%${value}`;
  }
}
