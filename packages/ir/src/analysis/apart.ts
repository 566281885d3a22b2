import type { TileKernel, TileType, ValueId } from "../tile.ts";
import { valuesOf } from "../walk.ts";
import { type Form, unknownsOf } from "./form.ts";
import { type Access, type Forms, formsOf, type LaunchFacts } from "./forms.ts";

/**
 * Buffers that a kernel writes such that an element belongs to one place of the tiles it is accessed by: whatever else of
 * the program touches it does so at the same place, whichever turn of a loop it is. So whoever holds that place is the only
 * one to touch the element, and no one has to wait for anybody. Names of pointer parameters; only what can be told from the
 * launch's numbers is among them. Atomics and accesses of one element are not.
 */
export function apartOf(kernel: TileKernel, facts: LaunchFacts): ReadonlySet<string> {
  const written = kernel.params.filter((param) => param.kind === "pointer" && param.access !== "read");
  if (written.length === 0) return new Set();
  const forms = formsOf(kernel, facts);
  const types = valuesOf(kernel);
  const isApart = (pointer: ValueId): boolean => {
    const places = forms.accesses
      .filter(({ op }) => op.pointer === pointer)
      .map((access) => placeOf(access, forms, types));
    const [first] = places;
    return first !== undefined && places.every((place) => place === first);
  };
  return new Set(written.filter(({ value }) => isApart(value)).map(({ name }) => name));
}

/**
 * What an access touches, in words that are equal when the same lanes touch the same elements: which lanes go how far, which
 * turns go how far, and from where. Nothing where two places of the tile, or two turns, may meet in one element.
 */
function placeOf(
  { op }: Access,
  forms: Forms,
  types: ReadonlyMap<ValueId, { readonly type: TileType }>,
): string | undefined {
  const form = forms.formOf(op.offset);
  const shape = types.get(op.offset)?.type.shape ?? [];
  if (op.kind === "atomic" || form === undefined || shape.length === 0) return undefined;
  const steps = stepsOf(form, forms, shape);
  if (steps === undefined) return undefined;
  const truths = op.mask === undefined ? [] : forms.truthsOf(op.mask);
  const ends = reachApart(steps, []) ? [] : truths.flatMap((truth) => endOf(truth, steps));
  if (!reachApart(steps, ends)) return undefined;
  const fixed = [...form].filter(([monomial]) => !/(^|\*)[lt]\d/.test(monomial));
  const base = fixed.map(([monomial, far]) => `${monomial} ${far}`).toSorted();
  // Turns of two loops are alike when they go as far.
  const lanes = steps.filter(({ lane }) => lane !== undefined);
  const turns = steps.filter(({ lane }) => lane === undefined).map(({ far, count }) => ({ far, count }));
  return JSON.stringify([shape, sorted(lanes), sorted(turns), base, sorted(ends)]);
}

/** Along a lane or the turns of a loop: how far a step goes, and how many places there are. */
interface Step {
  readonly name: string;
  readonly lane?: number;
  readonly far: number;
  readonly count: number;
}

/** Undefined when a lane or a turn does not go by a number, or goes nowhere, so that others stand on the same element. */
function stepsOf(form: Form, { turns }: Forms, shape: readonly number[]): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const [monomial, far] of form) {
    const unknowns = unknownsOf(monomial);
    if (!unknowns.some((name) => /^[ltc]/.test(name))) continue;
    const [name = "", ...others] = unknowns;
    const count = name.startsWith("t") ? turns.get(name) : shape[Number(name.slice(1))];
    if (others.length > 0 || count === undefined || name.startsWith("c")) return undefined;
    steps.push({ name, far, count, ...(name.startsWith("l") ? { lane: Number(name.slice(1)) } : {}) });
  }
  const moving = new Set(steps.map(({ lane }) => lane));
  return shape.every((size, lane) => size === 1 || moving.has(lane)) ? steps : undefined;
}

/** How far the smallest of the steps reach together, so many of them, where a mask cuts them short. */
interface End {
  readonly steps: number;
  readonly reach: number;
}

/** Like the digits of a number: each step goes further than all smaller ones together. */
function reachApart(steps: readonly Step[], ends: readonly End[]): boolean {
  let reach = 0;
  for (const [at, { far, count }] of bySize(steps).entries()) {
    if (count > 1 && Math.abs(far) <= reach) return false;
    reach += Math.abs(far) * (count - 1);
    for (const end of ends) if (end.steps === at + 1) reach = Math.min(reach, end.reach);
  }
  return true;
}

/** The end that a mask sets to columns: what it holds to be at least 0 is a number less the smallest steps, or a part of them. */
function endOf(truth: Form | undefined, steps: readonly Step[]): readonly End[] {
  if (truth === undefined) return [];
  const { size } = truth;
  const cut = bySize(steps).slice(0, truth.has("") ? size - 1 : size);
  const [first] = cut;
  const part = (first?.far ?? 0) / -(truth.get(first?.name ?? "") ?? 0);
  if (first === undefined || !(part > 0) || !Number.isInteger(part)) return [];
  const fits = cut.every(({ name, far }) => far > 0 && far === -part * (truth.get(name) ?? 0));
  return fits ? [{ steps: cut.length, reach: Math.max(0, part * (truth.get("") ?? 0)) }] : [];
}

function bySize(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted((a, b) => Math.abs(a.far) - Math.abs(b.far));
}

function sorted(items: readonly object[]): readonly string[] {
  return items.map((item) => JSON.stringify(item)).toSorted();
}
