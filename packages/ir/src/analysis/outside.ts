import type { FaultData, Span } from "@tilebook/base";
import type { TileKernel, TileOp, TileType } from "../tile.ts";
import { valuesOf } from "../walk.ts";
import { type Form, unknownsIn, unknownsOf } from "./form.ts";
import { type Access, type Forms, formsOf } from "./forms.ts";

/** An access without a mask that certainly leaves its buffer. */
export interface Outside {
  readonly kind: "load" | "store" | "atomic";
  /** Name of the pointer parameter. */
  readonly pointer: string;
  /** The farthest element that is wanted, and how many there are. */
  readonly element: number;
  readonly size: number;
  readonly span: Span | undefined;
}

export interface KnownLaunch {
  readonly grid: readonly [number, number, number];
  /** Values of scalar parameters, by name. */
  readonly scalars: ReadonlyMap<string, number>;
  /** Elements of the buffers, by the name of their parameter. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Where a launch, with its numbers, certainly reads or writes outside of a buffer. A GPU would not say so. */
export function outsideOf(kernel: TileKernel, launch: KnownLaunch): readonly Outside[] {
  const forms = formsOf(kernel, launch);
  const names = new Map(kernel.params.map(({ value, name }) => [value, name]));
  const types = valuesOf(kernel);
  return certainOps(kernel.body, forms).flatMap((op) => {
    const pointer = names.get(op.pointer) ?? "";
    const size = launch.sizes.get(pointer);
    const form = forms.formOf(op.offset);
    const type = types.get(op.offset)?.type;
    if (size === undefined || form === undefined || type === undefined || op.mask !== undefined) return [];
    const reach = reachOf(form, (unknown) => mostOf(unknown, { launch, forms, type }));
    if (reach === undefined || (reach.least >= 0 && reach.most < size)) return [];
    const element = reach.most >= size ? reach.most : reach.least;
    return [{ kind: op.kind, pointer, element, size, span: op.span }];
  });
}

type Touching = Access["op"];

/** Accesses that every program comes to: in no branch, and in loops that have a turn and end by themselves. */
function certainOps(body: readonly TileOp[], forms: Forms): readonly Touching[] {
  return body.flatMap((op): readonly Touching[] => {
    if (op.kind === "load" || op.kind === "store" || op.kind === "atomic") return [op];
    const turns = op.kind === "for" && op.while === undefined ? (forms.turns.get(`t${op.index}`) ?? 0) : 0;
    return op.kind === "for" && turns > 0 ? certainOps(op.body, forms) : [];
  });
}

/** The greatest value of an unknown, whose least one is 0; undefined when nobody knows. */
function mostOf(
  unknown: string,
  { launch, forms, type }: { readonly launch: KnownLaunch; readonly forms: Forms; readonly type: TileType },
): number | undefined {
  const number = Number(unknown.slice(1));
  if (unknown.startsWith("p")) return (launch.grid[number] ?? 1) - 1;
  if (unknown.startsWith("l")) return (type.shape[number] ?? 1) - 1;
  const turns = unknown.startsWith("t") ? forms.turns.get(unknown) : undefined;
  return turns === undefined ? undefined : turns - 1;
}

/** Both ends of a form; undefined unless each unknown moves it in one direction only. */
function reachOf(
  form: Form,
  mostFor: (unknown: string) => number | undefined,
): { readonly least: number; readonly most: number } | undefined {
  const most = new Map([...unknownsIn(form)].map((unknown) => [unknown, mostFor(unknown)]));
  const upward = new Map<string, boolean>();
  const reach = { least: 0, most: 0 };
  for (const [monomial, coefficient] of form) {
    let far = coefficient;
    for (const unknown of unknownsOf(monomial)) {
      const end = most.get(unknown);
      const before = upward.get(unknown) ?? coefficient > 0;
      if (end === undefined || before !== coefficient > 0) return undefined;
      upward.set(unknown, before);
      far *= end;
    }
    if (monomial === "" || coefficient < 0) reach.least += far;
    if (monomial === "" || coefficient > 0) reach.most += far;
  }
  return reach;
}

export function sayOutside({ kind, pointer, element, size, span }: Outside): FaultData {
  const verb = { load: "reads", store: "writes", atomic: "changes" }[kind];
  return {
    code: "kernel/bounds",
    message: `this launch ${verb} outside of \`${pointer}\`: element ${element}, but it has ${size}`,
    hint: "add a mask, or launch fewer programs; the stepper shows which one it is",
    ...(span === undefined ? {} : { span }),
  };
}
