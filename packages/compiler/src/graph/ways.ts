import type { Config, Schedule, Target } from "../program.ts";

/** What configs of products are made of. */
export type Configs = readonly Config[];

type Lay = readonly [threads: number, across: number, unroll: number];

/** `lay` is threads, threads across, registers in straight code. */
export function config(
  blocks: NonNullable<Config["blocks"]>,
  [threads, across, unroll]: Lay,
  operands: Schedule["operands"] = "own",
): Config {
  return { blocks, schedule: { threads, across, unroll, operands } };
}

export function byMatrix(plain: Config): Config {
  const { schedule } = plain;
  return schedule === undefined ? plain : { ...plain, schedule: { ...schedule, products: "matrix" } };
}

/** Products of numbers from which on long code pays already in the first run, which waits for it. */
export const muchWork: number = 2 ** 26;

export function fitting(configs: Configs, target: Target): Configs {
  return configs.filter((one) => fits(one, target));
}

function fits({ schedule }: Config, target: Target): boolean {
  if (schedule === undefined) return true;
  const { threads, operands, ahead } = schedule;
  const { subgroup, workgroupInvocations, processor = false } = target;
  if (threads > workgroupInvocations) return false;
  if (operands === "workgroup" || ahead === true) return !processor;
  return operands === "own" || (subgroup !== undefined && threads % subgroup === 0);
}
