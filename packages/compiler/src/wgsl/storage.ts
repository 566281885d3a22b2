import type { DType } from "@tilebook/ir";
import type { Memory } from "../thread/ir.ts";
import type { HelperName } from "./helpers.ts";

/** Makes a helper function part of the kernel and says its name. */
export type UseHelper = (name: HelperName, width: 1 | 4) => string;

/** How the elements of a storage buffer are declared, read and written. */
export interface Storage {
  /** The WGSL type of the runtime-sized array's elements. */
  readonly element: string;
  readonly read: (name: string, index: string) => string;
  readonly write: (name: string, index: string, value: string, helper: UseHelper) => readonly string[];
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
  write: (name, index, value, helper) => [
    `atomicAnd(&${name}[(${index}) >> 1u], 0xffff0000u >> (u32((${index}) & 1) * 16u));`,
    `atomicOr(&${name}[(${index}) >> 1u], ${helper("pack_half", 1)}(${value}) << (u32((${index}) & 1) * 16u));`,
  ],
};

const halves: Storage = {
  element: "f16",
  read: (name, index) => `f32(${name}[${index}])`,
  write: (name, index, value) => [`${name}[${index}] = f16(${value});`],
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

/** A bool is a u32; f16 is native where the device has it, else packed two a word. */
export function storageOf(memory: Memory, f16: boolean): Storage {
  const dtype = memory.dtype ?? "f32";
  if (dtype !== "f16") return byDType[dtype];
  if (f16) return halves;
  return memory.space === "read" ? packedHalves : sharedHalves;
}
