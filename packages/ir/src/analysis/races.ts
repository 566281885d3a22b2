import type { Span } from "@tilebook/base";
import type { StoreOp, TileKernel, TileType, ValueId } from "../tile.ts";
import { valuesOf, walkOps } from "../walk.ts";
import { type Collision, findCollision, type Variable } from "./collide.ts";
import { evaluateForm, type Form, unknownsIn, unknownsOf } from "./form.ts";
import { type Access, type Forms, formsOf, type LaunchFacts } from "./forms.ts";

/** A store by which two programs write the same element. */
export interface Race {
  /** The axis of the grid along which they differ. */
  readonly axis: 0 | 1 | 2;
  /** Name of the pointer parameter. */
  readonly pointer: string;
  /** True when the place does not depend on the program at all: every program writes the same elements. */
  readonly everywhere: boolean;
  /** How far neighbours are apart, and how many elements each reaches over; both only when they are numbers. */
  readonly stride: number | undefined;
  readonly extent: number | undefined;
  readonly span: Span | undefined;
}

/** For a size that may be anything, and is large. */
const large = 2 ** 20;
/** So many neighbours are looked at when the grid is not known. */
const neighbours = 64;

/**
 * Stores that two programs of one launch do to the same element. Finds only what is certain to collide (for sizes that are
 * large enough, while they are not known); what cannot be told, such as an offset out of memory, is not reported.
 * Without a grid the axes are those whose programId the kernel reads.
 */
export function racesOf(
  kernel: TileKernel,
  grid?: readonly [number, number, number],
  scalars?: ReadonlyMap<string, number>,
): readonly Race[] {
  const facts: LaunchFacts = { grid, scalars };
  const view: View = {
    forms: formsOf(kernel, facts),
    grid,
    params: paramsOf(kernel),
    types: valuesOf(kernel),
  };
  const axes = grid === undefined ? axesRead(kernel) : ([0, 1, 2] as const).filter((axis) => grid[axis] > 1);
  const names = new Map(kernel.params.map(({ value, name }) => [value, name]));
  return view.forms.accesses.flatMap((access) => {
    const { op } = access;
    if (op.kind !== "store") return [];
    for (const axis of axes) {
      const found = raceAlong(view, { ...access, op }, axis);
      if (found !== undefined)
        return [{ ...found, axis, pointer: names.get(op.pointer) ?? "", span: op.span }];
    }
    return [];
  });
}

interface View {
  readonly forms: Forms;
  readonly grid: LaunchFacts["grid"];
  /** Unknowns that are parameters. */
  readonly params: ReadonlySet<string>;
  readonly types: ReadonlyMap<ValueId, { readonly type: TileType }>;
}

type StoreAccess = Access & { readonly op: StoreOp };

function raceAlong(
  view: View,
  { op, guards }: StoreAccess,
  axis: 0 | 1 | 2,
): Pick<Race, "everywhere" | "stride" | "extent"> | undefined {
  const { forms } = view;
  const form = forms.formOf(op.offset);
  if (form === undefined || !isTold(view, form, axis)) return undefined;
  const limits = limitsOf(view, { op, guards }, axis);
  if (limits === undefined) return undefined;
  const shape = view.types.get(op.offset)?.type.shape ?? [];
  const variables = variablesOf(view, form, { axis, shape });
  const collision = variables && findCollision(variables, (found) => happens(view, found, limits));
  if (collision === undefined) return undefined;
  const stride = form.get(`p${axis}`);
  const plain = [...form.keys()].every((monomial) => monomial === "" || /^[pl]\d$/.test(monomial));
  const everywhere = ![...unknownsIn(form)].includes(`p${axis}`);
  return {
    everywhere,
    stride: plain ? stride : undefined,
    extent: plain ? extentOf(form, shape) : undefined,
  };
}

function extentOf(form: Form, shape: readonly number[]): number {
  return shape.reduce((sum, size, lane) => sum + (size - 1) * Math.abs(form.get(`l${lane}`) ?? 0), 1);
}

/** Whether everything in the form is a variable or the same for all programs along the axis. */
function isTold({ forms }: View, form: Form, axis: number): boolean {
  return [...unknownsIn(form)].every(
    (name) => !name.startsWith("s") || (forms.axesOf(Number(name.slice(1))) & (1 << axis)) === 0,
  );
}

/** What must be at least 0 for the store to happen; undefined when that cannot be told. */
function limitsOf(view: View, { op, guards }: StoreAccess, axis: number): readonly Form[] | undefined {
  const { forms, params } = view;
  const found = op.mask === undefined ? [] : [...forms.truthsOf(op.mask)];
  for (const { condition, taken } of guards) {
    const differs = (forms.axesOf(condition) & (1 << axis)) !== 0;
    if (differs && !taken) return undefined;
    if (differs) found.push(...forms.truthsOf(condition));
  }
  const told = found.filter((form) => form !== undefined);
  const known = (name: string): boolean => !/^[sc]/.test(name) || params.has(name);
  const all = told.length === found.length && told.every((form) => [...unknownsIn(form)].every(known));
  return all ? told : undefined;
}

/** The unknowns in which two writers may differ, and by how much. Undefined when two of them are multiplied. */
function variablesOf(
  { forms, grid }: View,
  form: Form,
  { axis, shape }: { readonly axis: number; readonly shape: readonly number[] },
): readonly Variable[] | undefined {
  const most = (name: string): number => {
    const at = Number(name.slice(1));
    if (name.startsWith("l")) return (shape[at] ?? 1) - 1;
    if (name.startsWith("t")) return (forms.turns.get(name) ?? 1) - 1;
    // Axes of a grid that is not known may have one program only.
    return grid === undefined ? (at === axis ? neighbours : 0) : (grid[at] ?? 1) - 1;
  };
  const weights = new Map<string, Map<string, number>>([[`p${axis}`, new Map()]]);
  for (const [monomial, coefficient] of form) {
    const names = unknownsOf(monomial);
    const moving = names.filter((name) => /^[plt]/.test(name));
    if (moving.length > 1) return undefined;
    const [name] = moving;
    if (name === undefined) continue;
    const rest = names.filter((other) => other !== name).join("*");
    weights.set(name, (weights.get(name) ?? new Map<string, number>()).set(rest, coefficient));
  }
  return [...weights].map(([name, weight]) => {
    const range = Math.max(0, most(name));
    return { name, weight, least: name === `p${axis}` ? 1 : -range, most: range };
  });
}

/** Whether both writers really get to their store: tried where everything is as small, and as large, as it can be. */
function happens({ params }: View, collision: Collision, limits: readonly Form[]): boolean {
  const corners = [0, 1].map((high) => {
    const at = (other: boolean) => (name: string) => {
      if (params.has(name)) return large;
      const { step = 0, most = 0 } = collision.get(name) ?? {};
      const low = high === 1 ? most - Math.max(0, step) : Math.max(0, -step);
      return low + (other ? step : 0);
    };
    return [at(false), at(true)];
  });
  return corners.some((writers) =>
    writers.every((valueOf) => limits.every((limit) => (evaluateForm(limit, valueOf) ?? -1) >= 0)),
  );
}

function paramsOf(kernel: TileKernel): ReadonlySet<string> {
  return new Set(kernel.params.flatMap(({ kind, value }) => (kind === "scalar" ? [`s${value}`] : [])));
}

function axesRead(kernel: TileKernel): readonly (0 | 1 | 2)[] {
  const axes = new Set<number>();
  walkOps(kernel.body, (op) => {
    if (op.kind === "programId") axes.add(op.axis);
  });
  return ([0, 1, 2] as const).filter((axis) => axes.has(axis));
}
