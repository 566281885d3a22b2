import type { Target } from "../program.ts";
import { legalise } from "../wgsl/legalise.ts";
import { placeBarriers } from "./barriers.ts";
import { dropDead } from "./dead.ts";
import { guardLoops } from "./guard-loops.ts";
import { inlineOnce } from "./inline.ts";
import type { ThreadKernel } from "./ir.ts";
import { nativeHalves } from "./native-halves.ts";
import { planWorkgroupMemory } from "./plan.ts";
import { readAhead } from "./read-ahead.ts";
import { scalarise } from "./scalarise.ts";

export interface ThreadPass {
  readonly name: string;
  readonly run: (kernel: ThreadKernel, target: Target) => ThreadKernel;
}

/** Read from top to bottom. Each line may rely on the lines above it. */
export const threadPasses: readonly ThreadPass[] = [
  { name: "halves by the device", run: nativeHalves },
  { name: "read a turn ahead", run: readAhead },
  { name: "drop dead statements", run: dropDead },
  { name: "registers instead of arrays", run: scalarise },
  { name: "inline what is used once", run: inlineOnce },
  { name: "watch loops that the device may cut", run: guardLoops },
  { name: "plan workgroup memory", run: planWorkgroupMemory },
  { name: "place barriers", run: placeBarriers },
  { name: "legalise", run: legalise },
];
