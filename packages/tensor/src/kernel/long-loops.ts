import { Fault } from "@tilebook/base";
import { type TileKernel, turnsAtLeast } from "@tilebook/ir";
import type { Bound } from "./arguments.ts";

/** Of one program. A GPU takes seconds for so many, however short they are, and systems take it away after about two. */
const mostTurns = 2 ** 28;
/** Launches of one kernel whose answer is kept. */
const mostKept = 64;
const kept = new WeakMap<TileKernel, Map<string, number>>();

/** Fault `kernel/turns` for a launch that is known not to end: a GPU cannot be stopped once it has begun. */
export function checkTurns(
  kernel: TileKernel,
  grid: readonly [number, number, number],
  bound: readonly Bound[],
): void {
  const turns = turnsOf(kernel, grid, bound);
  if (turns <= mostTurns) return;
  const [many, most] = [turns, mostTurns].map((count) => count.toLocaleString("en"));
  throw new Fault(
    "kernel/turns",
    `each program of ${kernel.name} would take ${many} turns of its loops; at most ${most} come to an end`,
    { hint: "give each program less to do, and start more of them" },
  );
}

function turnsOf(
  kernel: TileKernel,
  grid: readonly [number, number, number],
  bound: readonly Bound[],
): number {
  if (!kernel.body.some(({ kind }) => kind === "for")) return 0;
  const named = kernel.params.flatMap(({ name }, at) => {
    const value = bound[at];
    return value?.kind === "scalar" ? [[name, value.value] as const] : [];
  });
  const answers = kept.get(kernel) ?? new Map<string, number>();
  kept.set(kernel, answers);
  const key = JSON.stringify([grid, named]);
  const known = answers.get(key);
  if (known !== undefined) return known;
  const turns = turnsAtLeast(kernel, { grid, scalars: new Map(named) });
  if (answers.size < mostKept) answers.set(key, turns);
  return turns;
}
