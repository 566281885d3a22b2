import { type DType, isPacked, type PackedDType, packedInfo } from "@tilebook/ir";
import type { Memory } from "../thread/ir.ts";
import type { Link } from "./link.ts";
import { wideStorage } from "./wide-storage.ts";

/** How the elements of a storage buffer, or fours of them, are declared, read and written. */
export interface Storage {
  /** The WGSL type of the runtime-sized array's elements. */
  readonly element: string;
  readonly read: (name: string, index: string, link: Link) => string;
  readonly write: (name: string, index: string, value: string, link: Link) => readonly string[];
}

const plain = (element: string): Storage => ({
  element,
  read: (name, index) => `${name}[${index}]`,
  write: (name, index, value) => [`${name}[${index}] = ${value};`],
});

/** Two halves a word. Neighbours may belong to other threads, so writes change their own half only. */
const packedHalves: Storage = {
  element: "u32",
  read: (name, index) => `unpack2x16float(${name}[(${index}) >> 1u])[(${index}) & 1]`,
  write: () => [],
};

const sharedHalves: Storage = {
  element: "atomic<u32>",
  read: (name, index) => `unpack2x16float(atomicLoad(&${name}[(${index}) >> 1u]))[(${index}) & 1]`,
  write: (name, index, value, link) => [
    `atomicAnd(&${name}[(${index}) >> 1u], 0xffff0000u >> (u32((${index}) & 1) * 16u));`,
    `atomicOr(&${name}[(${index}) >> 1u], ${link("pack_half", 1)}(${value}) << (u32((${index}) & 1) * 16u));`,
  ],
};

const flags: Storage = {
  element: "u32",
  read: (name, index) => `(${name}[${index}] != 0u)`,
  write: (name, index, value) => [`${name}[${index}] = select(0u, 1u, ${value});`],
};

const byDType: Record<Exclude<DType, "f16">, Storage> = {
  f32: plain("f32"),
  i32: plain("i32"),
  u32: plain("u32"),
  bool: flags,
};

/** Whole numbers that share words; an atomic buffer is written by several threads at once. */
function packed(dtype: PackedDType, written: boolean): Storage {
  const { bits, signed } = packedInfo[dtype];
  const perWord = 32 / bits;
  const [shift, last] = [Math.log2(perWord), perWord - 1];
  const word = (index: string): string => `(${index}) >> ${shift}u`;
  const place = (index: string): string => `u32((${index}) & ${last}) * ${bits}u`;
  const low = 2 ** bits - 1;
  const from = (name: string, index: string): string =>
    written ? `atomicLoad(&${name}[${word(index)}])` : `${name}[${word(index)}]`;
  const taken = (name: string, index: string): string =>
    signed
      ? `(bitcast<i32>(${from(name, index)} << (${32 - bits}u - ${place(index)})) >> ${32 - bits}u)`
      : `i32((${from(name, index)} >> (${place(index)})) & ${low}u)`;
  return {
    element: written ? "atomic<u32>" : "u32",
    read: taken,
    write: (name, index, value) => [
      `atomicAnd(&${name}[${word(index)}], ~(${low}u << (${place(index)})));`,
      `atomicOr(&${name}[${word(index)}], (bitcast<u32>(${value}) & ${low}u) << (${place(index)}));`,
    ],
  };
}

function atomicWords(dtype: "i32" | "u32"): Storage {
  return {
    element: `atomic<${dtype}>`,
    read: (name, index) => `atomicLoad(&${name}[${index}])`,
    write: (name, index, value) => [`atomicStore(&${name}[${index}], ${value});`],
  };
}

/** A bool is a u32; f16 is native where the device computes in it (see native-halves.ts), else packed two a word. */
export function storageOf(memory: Memory): Storage {
  const dtype = memory.dtype ?? "f32";
  const native = memory.type.scalar === "f16";
  if (memory.type.width === 4) return wideStorage(dtype, { native, written: memory.space !== "read" });
  if (isPacked(dtype)) return packed(dtype, memory.space !== "read");
  if (memory.atomic === true && (dtype === "i32" || dtype === "u32")) return atomicWords(dtype);
  if (dtype !== "f16") return byDType[dtype];
  if (native) return plain("f16");
  return memory.space === "read" ? packedHalves : sharedHalves;
}
