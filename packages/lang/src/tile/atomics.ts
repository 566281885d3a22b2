import type { AtomicName } from "@tilebook/ir";
import { addressed } from "./address.ts";
import type { Call, TileFunction } from "./call.ts";
import { tile } from "./convert.ts";
import { valueFor } from "./memory.ts";
import type { Value } from "./value.ts";

export const atomicFunctions: Readonly<Record<string, TileFunction>> = {
  atomicAdd: atomic("atomicAdd", "add"),
  atomicMax: atomic("atomicMax", "max"),
  atomicMin: atomic("atomicMin", "min"),
  atomicAnd: atomic("atomicAnd", "and"),
  atomicOr: atomic("atomicOr", "or"),
  atomicXor: atomic("atomicXor", "xor"),
  atomicXchg: atomic("atomicXchg", "exchange"),
  atomicCas: {
    usage: "atomicCas(pointer + offsets, expected, value, mask?)",
    least: 3,
    most: 5,
    lower: (call) => change(call, "atomicCas", "cas"),
  },
};

function atomic(name: string, op: AtomicName): TileFunction {
  const usage = `${name}(pointer + offsets, value, mask?)`;
  return { usage, least: 2, most: 4, lower: (call) => change(call, name, op) };
}

function change(call: Call, name: string, op: AtomicName): Value {
  const { context, at } = call;
  const cas = op === "cas";
  const place = addressed(call, { name, values: cas ? 2 : 1 });
  const { pointer, offset, mask } = place;
  if (pointer.dtype !== "i32" && pointer.dtype !== "u32") {
    throw context.fault(
      "kernel/atomic",
      at.node,
      `${name} works on buffers of i32 and u32; \`${pointer.name}\` holds ${pointer.dtype}`,
      "WGSL has no other atomics: let each program store its own part, and add the parts in a second kernel",
    );
  }
  const compare = cas ? valueFor(call, place, 0, "the expected value") : undefined;
  const value = valueFor(call, place, cas ? 1 : 0, "the value");
  const access = { op, pointer: pointer.id, offset: offset.id, value: value.id };
  return tile(
    context,
    context.builder.atomic({ ...access, compare: compare?.id, mask: mask?.id }, context.note(at)),
  );
}
