import { type BufferDType, isPacked, type PackedDType, packedInfo } from "@tilebook/ir";
import type { Storage } from "./storage.ts";

/** A buffer whose elements are always accessed by aligned fours: four are one element of the array, or a part of a word. */
export function wideStorage(
  dtype: BufferDType,
  { native, written }: { readonly native: boolean; readonly written: boolean },
): Storage {
  if (isPacked(dtype)) return packedInfo[dtype].bits === 8 ? bytes(dtype) : parts(dtype, written);
  if (dtype === "f16") return native ? words(dtype) : packedHalves;
  return dtype === "bool" ? flags : words(dtype);
}

const words = (dtype: "f32" | "f16" | "i32" | "u32"): Storage => ({
  element: `vec4<${dtype}>`,
  read: (name, index) => `${name}[${index}]`,
  write: (name, index, value) => [`${name}[${index}] = ${value};`],
});

const flags: Storage = {
  element: "vec4u",
  read: (name, index) => `(${name}[${index}] != vec4u(0u))`,
  write: (name, index, value) => [`${name}[${index}] = select(vec4u(0u), vec4u(1u), ${value});`],
};

/** Four halves are two whole words, so that nobody else writes to them. */
const packedHalves: Storage = {
  element: "vec2u",
  read: (name, index, link) => `${link("unpack_halves", 4)}(${name}[${index}])`,
  write: (name, index, value, link) => [`${name}[${index}] = ${link("pack_halves", 4)}(${value});`],
};

/** Four are a word of their own. */
function bytes(dtype: PackedDType): Storage {
  return {
    element: "u32",
    read: (name, index) => spread(dtype, `${name}[${index}]`),
    write: (name, index, value, link) => [`${name}[${index}] = ${link("pack_bytes", 4)}(${value});`],
  };
}

/** Four are half a word, or of two bits a quarter; who writes the rest may be another thread. */
function parts(dtype: PackedDType, written: boolean): Storage {
  const isHalf = packedInfo[dtype].bits === 4;
  const part = (name: string, index: string): string => `${name}[(${index}) >> ${isHalf ? 1 : 2}u]`;
  const shift = (index: string): string =>
    isHalf ? `u32((${index}) & 1) * 16u` : `u32((${index}) & 3) * 8u`;
  const others = (index: string): string =>
    isHalf ? `0xffff0000u >> (${shift(index)})` : `~(255u << (${shift(index)}))`;
  const word = (name: string, index: string): string =>
    written ? `atomicLoad(&${part(name, index)})` : part(name, index);
  const pack = isHalf ? "pack_nibbles" : "pack_pairs";
  return {
    element: written ? "atomic<u32>" : "u32",
    read: (name, index) => spread(dtype, `${word(name, index)} >> (${shift(index)})`),
    write: (name, index, value, link) => [
      `atomicAnd(&${part(name, index)}, ${others(index)});`,
      `atomicOr(&${part(name, index)}, ${link(pack, 4)}(${value}) << (${shift(index)}));`,
    ],
  };
}

const shiftsBy = (bits: readonly number[]): string => `vec4u(${bits.map((by) => `${by}u`).join(", ")})`;

/** The four lowest numbers of a word: moved to its top, and with their signs down again; or cut out. */
function spread(dtype: PackedDType, word: string): string {
  const { bits, signed } = packedInfo[dtype];
  const places = [0, 1, 2, 3].map((lane) => lane * bits);
  const up = shiftsBy(places.map((place) => 32 - bits - place));
  return signed
    ? `((vec4i(bitcast<i32>(${word})) << ${up}) >> vec4u(${32 - bits}u))`
    : `vec4i((vec4u(${word}) >> ${shiftsBy(places)}) & vec4u(${2 ** bits - 1}u))`;
}
