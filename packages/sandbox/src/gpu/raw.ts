import { admit, type RawBuffer } from "@tilebook/runtime";
import type { Admission, RawBufferMessage } from "../protocol/tensors.ts";
import type { TensorTable } from "./tensors.ts";

/** What a text of WGSL asks for. Throws the fault of its admission, with the place, when it cannot be bounded. */
export function admissionOf(source: string, text: string): Admission {
  const { entry, workgroupSize, bindings } = admit({ name: source, text });
  return {
    entry,
    workgroupSize,
    bindings: bindings.map(({ name, access, type }) => ({ name, access, type })),
  };
}

/** The buffer over the executor's own handles. */
export function rawBuffer({ tensor, of, from }: RawBufferMessage, tensors: TensorTable): RawBuffer {
  if (of === undefined) return { kind: "input", tensor: tensors.get(tensor) };
  return { kind: "output", type: of, ...(from === undefined ? {} : { from: tensors.get(from) }) };
}
