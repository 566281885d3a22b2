import type { CompiledKernel } from "@tilebook/compiler";
import type { TensorHandle } from "../executor.ts";
import type { LaunchBuffer } from "./isolate.ts";
import type { TimedBuffer } from "./timed.ts";

/** What a launch that is measured by itself binds at `place`. `made`: the outputs of what came before it. */
export function timedBuffer(
  { bindings }: CompiledKernel,
  place: number,
  { buffer, made }: { readonly buffer: LaunchBuffer; readonly made: readonly TensorHandle[] },
): TimedBuffer {
  const { type, from } = buffer;
  const tensor = from === undefined ? undefined : "made" in from ? made[from.made] : from.tensor;
  if (bindings[place]?.access === "readwrite" || tensor === undefined)
    return { kind: "output", type, from: tensor };
  return { kind: "input", tensor };
}

/** Run again on its own results, it could do other work than the first time. */
export function readsItsOutput({ tile }: CompiledKernel): boolean {
  return tile.params.some((param) => param.kind === "pointer" && param.access === "readwrite");
}

/** Which buffer of a kernel of ours is its result: the last one but for its messages. */
export function resultPlace({ bindings, sites }: CompiledKernel): number {
  return bindings.length - (sites.length > 0 ? 2 : 1);
}
