import type { TileKernel } from "@tilebook/ir";
import type { Schedule, Target } from "../program.ts";
import { gatherFacts } from "./facts.ts";
import { chooseKept } from "./keep.ts";
import { defaultSchedule } from "./threads.ts";

/** Registers of one thread, in 4-byte values, for the largest tile: fewer are not worth a thread, more do not fit. */
const [fewestHeld, mostHeld] = [1, 512];

/** Ways to lay a kernel over threads, the compiler's own guess first. Which is fastest, only the device knows. */
export function schedulesFor(kernel: TileKernel, target: Target): readonly Schedule[] {
  const facts = gatherFacts(kernel);
  const guess = defaultSchedule(facts, chooseKept(facts), target);
  const sizes = facts.ops.flatMap((op) => ("type" in op ? [op.type.shape] : []));
  const largest = Math.max(1, ...sizes.map((shape) => shape.reduce((product, size) => product * size, 1)));
  const hasDot = facts.ops.some((op) => op.kind === "dot");
  const most = Math.min(target.workgroupInvocations, 256);
  const lays = [4, 16, 64, 256].filter((threads) => {
    const held = largest / threads;
    return threads <= most && held >= fewestHeld && (!hasDot || held <= mostHeld);
  });
  const others = lays.flatMap((threads) =>
    [1, threads].flatMap((across) => variants({ threads, across }, hasDot, target)),
  );
  const copied = hasDot && target.processor !== true ? lays.flatMap(inWorkgroup) : [];
  const ahead = facts.ops.some((op) => op.kind === "for") ? [{ ...guess, ahead: true as const }] : [];
  return distinct([guess, { ...guess, unroll: 64 }, ...others, ...copied, ...ahead]);
}

/** Both sides of a product are shared where threads stand in rows and columns. */
function inWorkgroup(threads: number): readonly Schedule[] {
  return threads < 64 ? [] : [{ threads, across: Math.sqrt(threads), unroll: 16, operands: "workgroup" }];
}

function variants(
  lay: Pick<Schedule, "threads" | "across">,
  hasDot: boolean,
  { subgroup }: Target,
): readonly Schedule[] {
  const own: Schedule = { ...lay, unroll: hasDot ? 64 : 16, operands: "own" };
  const handsOn = hasDot && subgroup !== undefined && lay.threads % subgroup === 0;
  return handsOn ? [own, { ...own, operands: "subgroup", products: "matrix" }] : [own];
}

function distinct(schedules: readonly Schedule[]): readonly Schedule[] {
  const known = new Map(schedules.map((schedule) => [JSON.stringify(schedule), schedule]));
  return Array.from(known.values());
}
