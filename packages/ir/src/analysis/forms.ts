import type { ForOp, TileKernel, TileOp, TileType, TileValueOp, ValueId } from "../tile.ts";
import { argumentsOf, isValueOp, operandsOf, resultsOf, walkOps } from "../walk.ts";
import {
  addForms,
  constantForm,
  type Form,
  multiplyForms,
  renameLanes,
  sameForm,
  unknownForm,
  unknownsIn,
} from "./form.ts";

/** What is known of a launch before it happens. Without it a kernel is looked at for every grid and all sizes. */
export interface LaunchFacts {
  readonly grid?: readonly [number, number, number] | undefined;
  /** Values of scalar parameters, by name. */
  readonly scalars?: ReadonlyMap<string, number> | undefined;
}

/** A load, a store or an atomic, with the conditions of the branches it stands in. */
export interface Access {
  readonly op: Extract<TileOp, { readonly kind: "load" | "store" | "atomic" }>;
  readonly guards: readonly { readonly condition: ValueId; readonly taken: boolean }[];
}

/** What the whole numbers of a kernel are, in terms of programs, lanes, turns and scalars. */
export interface Forms {
  /** An i32 or u32 value as a polynomial; undefined when it is none. */
  readonly formOf: (value: ValueId) => Form | undefined;
  /** What holds wherever a bool is true: each form is at least 0. An undefined one stands for something unknown. */
  readonly truthsOf: (value: ValueId) => readonly (Form | undefined)[];
  /** Along which axes of the grid a value differs between programs, as bits 1, 2 and 4. */
  readonly axesOf: (value: ValueId) => number;
  /** Most turns of a loop, by the name of its unknown ("t12"), where that is a number. */
  readonly turns: ReadonlyMap<string, number>;
  readonly accesses: readonly Access[];
}

const keepsValues: ReadonlySet<string> = new Set(["broadcast", "reshape", "transpose", "cast"]);
const everyAxis = 7;
/** Deeper loops are looked at once, without finding what goes up by the same in every turn. */
const deepest = 2;

/** Finds the forms of all values. Wrapping at 32 bits is left out of account. Never throws. */
export function formsOf(kernel: TileKernel, facts: LaunchFacts = {}): Forms {
  const finder = new Finder(kernel, facts);
  finder.block(kernel.body, { depth: 0, guards: [], axes: 0 });
  return {
    formOf: (value) => finder.forms.get(value),
    truthsOf: (value) => finder.truths.get(value) ?? [undefined],
    axesOf: (value) => finder.axes.get(value) ?? 0,
    turns: finder.turns,
    accesses: [...finder.accesses.values()],
  };
}

interface Place {
  readonly depth: number;
  readonly guards: Access["guards"];
  /** Axes along which programs differ in whether they come here. */
  readonly axes: number;
}

class Finder {
  readonly forms = new Map<ValueId, Form>();
  readonly truths = new Map<ValueId, readonly (Form | undefined)[]>();
  readonly axes = new Map<ValueId, number>();
  readonly turns = new Map<string, number>();
  readonly accesses = new Map<TileOp, Access>();
  readonly #types = new Map<ValueId, TileType>();
  readonly #grid: LaunchFacts["grid"];

  constructor({ params }: TileKernel, { grid, scalars }: LaunchFacts) {
    this.#grid = grid;
    for (const param of params) {
      if (param.kind !== "scalar") continue;
      const known = scalars?.get(param.name);
      this.#types.set(param.value, { dtype: param.dtype, shape: [] });
      if (!isWhole({ dtype: param.dtype, shape: [] })) continue;
      this.forms.set(param.value, known === undefined ? unknownForm(`s${param.value}`) : constantForm(known));
    }
  }

  block(body: readonly TileOp[], place: Place): void {
    for (const op of body) {
      if (op.kind === "load" || op.kind === "store" || op.kind === "atomic")
        this.accesses.set(op, { op, guards: place.guards });
      if (op.kind === "for") this.#loop(op, place);
      else if (op.kind === "if") this.#branch(op, place);
      else this.#simple(op, place);
    }
  }

  #simple(op: Exclude<TileOp, { readonly kind: "for" | "if" }>, place: Place): void {
    const axes = operandsOf(op).reduce((all, value) => all | this.#axesOf(value), place.axes);
    const own = op.kind === "programId" ? 1 << op.axis : op.kind === "atomic" ? everyAxis : 0;
    for (const { value, type } of resultsOf(op)) this.#define(value, type, axes | own, undefined);
    if (!isValueOp(op)) return;
    if (isWhole(op.type)) this.#define(op.result, op.type, axes | own, this.#whole(op));
    if (op.type.dtype === "bool") this.truths.set(op.result, this.#truth(op));
  }

  #define(value: ValueId, type: TileType, axes: number, form: Form | undefined): void {
    this.#types.set(value, type);
    this.axes.set(value, axes);
    const found = form ?? (isWhole(type) && type.shape.length === 0 ? unknownForm(`s${value}`) : undefined);
    if (found === undefined) this.forms.delete(value);
    else this.forms.set(value, found);
  }

  #axesOf(value: ValueId): number {
    return this.axes.get(value) ?? 0;
  }

  #whole(op: TileValueOp): Form | undefined {
    if (op.kind === "const") return constantForm(op.value);
    if (op.kind === "programId" || op.kind === "numPrograms") return this.#ofGrid(op.kind, op.axis);
    if (op.kind === "arange")
      return addForms(op.end - op.start > 1 ? unknownForm("l0") : new Map(), constantForm(op.start));
    if (op.kind === "binary") return arithmetic(op.op, this.forms.get(op.left), this.forms.get(op.right));
    return keepsValues.has(op.kind) && "input" in op && isWhole(this.#types.get(op.input))
      ? this.#moved(op, this.forms.get(op.input))
      : undefined;
  }

  #ofGrid(kind: "programId" | "numPrograms", axis: 0 | 1 | 2): Form | undefined {
    const size = this.#grid?.[axis];
    if (kind === "numPrograms") return size === undefined ? undefined : constantForm(size);
    return size === 1 ? constantForm(0) : unknownForm(`p${axis}`);
  }

  /** A form behind a reshape or a transpose: lanes keep their order, or are told where they went. */
  #moved(op: TileValueOp, form: Form | undefined): Form | undefined {
    if (form === undefined) return undefined;
    if (op.kind === "transpose") return renameLanes(form, (axis) => op.order.indexOf(axis));
    if (op.kind !== "reshape") return form;
    const [before, after] = [this.#types.get(op.input)?.shape ?? [], op.type.shape];
    const [from, to] = [wideAxes(before), wideAxes(after)];
    const same =
      from.length === to.length && from.every((axis, place) => before[axis] === after[to[place] ?? -1]);
    return renameLanes(form, (axis) => (same ? to[from.indexOf(axis)] : undefined));
  }

  #truth(op: TileValueOp): readonly (Form | undefined)[] {
    if (op.kind === "const") return op.value === 0 ? [constantForm(-1)] : [];
    if (op.kind === "broadcast") return this.#truthsOf(op.input);
    if (op.kind === "reshape" || op.kind === "transpose")
      return this.#truthsOf(op.input).map((form) => this.#moved(op, form));
    if (op.kind !== "binary") return [undefined];
    if (op.op === "and") return [...this.#truthsOf(op.left), ...this.#truthsOf(op.right)];
    return [comparison(op.op, this.forms.get(op.left), this.forms.get(op.right))];
  }

  #truthsOf(value: ValueId): readonly (Form | undefined)[] {
    return this.truths.get(value) ?? [undefined];
  }

  #branch(op: Extract<TileOp, { readonly kind: "if" }>, { depth, guards, axes }: Place): void {
    const { condition } = op;
    const inner = axes | this.#axesOf(condition);
    this.block(op.whenTrue, { depth, axes: inner, guards: [...guards, { condition, taken: true }] });
    this.block(op.whenFalse, { depth, axes: inner, guards: [...guards, { condition, taken: false }] });
    for (const { whenTrue, whenFalse, result, type } of op.joined) {
      const [yes, no] = [this.forms.get(whenTrue), this.forms.get(whenFalse)];
      const form = yes !== undefined && no !== undefined && sameForm(yes, no) ? yes : undefined;
      this.#define(result, type, inner | this.#axesOf(whenTrue) | this.#axesOf(whenFalse), form);
    }
  }

  #loop(op: ForOp, place: Place): void {
    const turn = `t${op.index}`;
    const index = this.#count(op, turn);
    const axes = place.axes | this.#axesOf(op.lower) | this.#axesOf(op.upper);
    this.#define(op.index, { dtype: "i32", shape: [] }, axes, index);
    const inner: Place = { ...place, depth: place.depth + 1, axes };
    const steps = this.#steps(op, inner);
    const turns = op.while === undefined ? this.turns.get(turn) : undefined;
    for (const item of op.carried) {
      const [start, step] = [this.forms.get(item.init), steps.get(item.argument)];
      const differs = this.#axesOf(item.argument) | axes;
      this.#define(item.argument, item.type, differs, moved(start, step, unknownForm(turn)));
      const all = turns === undefined ? undefined : moved(start, step, constantForm(turns));
      this.#define(item.result, item.type, differs, all);
    }
    this.block(op.body, inner);
  }

  /** The index as start plus turns, and how many turns there are at most. */
  #count(op: ForOp, turn: string): Form | undefined {
    const [lower, upper] = [this.forms.get(op.lower), this.forms.get(op.upper)];
    const length = lower && upper && addForms(upper, lower, -1);
    const total = length && constantIn(length);
    if (total === undefined) this.turns.delete(turn);
    else this.turns.set(turn, Math.max(0, Math.ceil(total / op.step)));
    return lower && addForms(lower, new Map([[turn, op.step]]));
  }

  /** What each carried value goes up by in every turn, where that is always the same. */
  #steps(op: ForOp, place: Place): ReadonlyMap<ValueId, Form> {
    const shallow = place.depth <= deepest;
    for (const { argument, init, type } of op.carried) {
      const axes = shallow ? this.#axesOf(init) | place.axes : everyAxis;
      const form = shallow && isWhole(type) ? unknownForm(`c${argument}`) : undefined;
      this.#define(argument, type, axes, form);
    }
    if (op.carried.length === 0 || !shallow) return new Map();
    // Each round may find more axes in what is carried; there are three.
    for (let round = 0; round < 4; round++) {
      this.block(op.body, place);
      if (!this.#spread(op)) break;
    }
    const inside = valuesIn(op);
    const outside = (name: string): boolean =>
      /^[pl]/.test(name) || (name.startsWith("s") && !inside.has(Number(name.slice(1))));
    const steps = op.carried.flatMap(({ argument, yield: next }): [ValueId, Form][] => {
      const form = this.forms.get(next);
      const step = form && addForms(form, unknownForm(`c${argument}`), -1);
      return step !== undefined && [...unknownsIn(step)].every(outside) ? [[argument, step]] : [];
    });
    return new Map(steps);
  }

  /** Values that differ by the program at the end of a turn do so in the next. True when that was new. */
  #spread(op: ForOp): boolean {
    let grown = false;
    for (const { argument, yield: next } of op.carried) {
      const axes = this.#axesOf(argument) | this.#axesOf(next);
      grown ||= axes !== this.#axesOf(argument);
      this.axes.set(argument, axes);
    }
    return grown;
  }
}

function valuesIn(op: ForOp): ReadonlySet<ValueId> {
  const inside = new Set([op.index]);
  walkOps(op.body, (inner) => {
    for (const { value } of [...resultsOf(inner), ...argumentsOf(inner)]) inside.add(value);
  });
  return inside;
}

/** `start + step * turns`. */
function moved(start: Form | undefined, step: Form | undefined, turns: Form): Form | undefined {
  const way = start && step && multiplyForms(step, turns);
  return way && start && addForms(start, way);
}

function arithmetic(op: string, a: Form | undefined, b: Form | undefined): Form | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (op === "add" || op === "sub") return addForms(a, b, op === "add" ? 1 : -1);
  if (op === "mul") return multiplyForms(a, b);
  const [x, y] = [constantIn(a), constantIn(b)];
  const known = x === undefined || y === undefined ? undefined : onConstants[op]?.(x, y);
  return known === undefined || !Number.isFinite(known) ? undefined : constantForm(known);
}

const onConstants: Readonly<Record<string, ((x: number, y: number) => number) | undefined>> = {
  idiv: (x, y) => Math.trunc(x / y),
  mod: (x, y) => x % y,
  min: Math.min,
  max: Math.max,
};

/** What is at least 0 where the comparison holds. */
function comparison(op: string, a: Form | undefined, b: Form | undefined): Form | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (op === "le") return addForms(b, a, -1);
  if (op === "ge") return addForms(a, b, -1);
  const gap = op === "lt" ? addForms(b, a, -1) : op === "gt" ? addForms(a, b, -1) : undefined;
  return gap && addForms(gap, constantForm(-1));
}

function isWhole(type: TileType | undefined): boolean {
  return type?.dtype === "i32" || type?.dtype === "u32";
}

function wideAxes(shape: readonly number[]): readonly number[] {
  return shape.flatMap((size, axis) => (size > 1 ? [axis] : []));
}

function constantIn(form: Form): number | undefined {
  if (form.size === 0) return 0;
  return form.size === 1 ? form.get("") : undefined;
}
