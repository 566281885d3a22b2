import { Fault } from "@tilebook/base";
import { broken } from "../files/elements.ts";
import type { GgufPart } from "./to-gguf.ts";
import { type Metadata, metadataBytes, plain, textBytes, u32Bytes, u64Bytes } from "./write-metadata.ts";

/** Of ggml: the most axes, and bytes of a name. */
const [mostAxes, mostName] = [4, 63];

/** A file, version 3, of these tensors, in this order: see `gguf.ts`. Faults `file/name`, `file/shape`, `file/value`, `file/broken`. */
export function writeGguf(parts: readonly GgufPart[], metadata: Metadata): Uint8Array {
  const alignment = plain(metadata["general.alignment"] ?? 32);
  if (typeof alignment !== "number" || !(alignment >= 1 && Number.isInteger(Math.log2(alignment))))
    throw broken("general.alignment is no power of two");
  const aligned = (at: number): number => Math.ceil(at / alignment) * alignment;
  let length = 0;
  const places = parts.map(({ bytes }) => {
    const place = length;
    length = aligned(length + bytes.byteLength);
    return place;
  });
  const values = metadataBytes(metadata);
  const head = [
    new TextEncoder().encode("GGUF"),
    u32Bytes(3),
    u64Bytes(parts.length),
    u64Bytes(Object.keys(metadata).length),
    ...values,
    ...parts.flatMap((part, at) => infoBytes(part, places[at] ?? 0)),
  ];
  const start = aligned(head.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const file = new Uint8Array(start + length);
  let at = 0;
  for (const piece of head) {
    file.set(piece, at);
    at += piece.byteLength;
  }
  parts.forEach(({ bytes }, index) => file.set(bytes, start + (places[index] ?? 0)));
  return file;
}

function infoBytes({ name, number, shape }: GgufPart, place: number): readonly Uint8Array[] {
  const text = textBytes(name);
  if (text.byteLength - 8 > mostName)
    throw new Fault("file/name", `${JSON.stringify(name.slice(0, 100))} is longer than ${mostName} bytes`, {
      hint: "llama.cpp reads no longer names",
    });
  if (shape.length > mostAxes)
    throw new Fault(
      "file/shape",
      `${JSON.stringify(name)} has ${shape.length} axes; GGUF has up to ${mostAxes}`,
      {
        hint: "reshape it",
      },
    );
  const sizes = shape.toReversed().map(u64Bytes);
  return [text, u32Bytes(shape.length), ...sizes, u32Bytes(number), u64Bytes(place)];
}
