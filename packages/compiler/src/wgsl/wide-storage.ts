import { type BufferDType, isPacked, type PackedDType, packedInfo } from "@tilebook/ir";
import type { Storage } from "./storage.ts";

/** A buffer whose elements are always accessed by aligned fours: four are one element of the array, or half a word. */
export function wideStorage(
  dtype: BufferDType,
  { native, written }: { readonly native: boolean; readonly written: boolean },
): Storage {
  if (isPacked(dtype)) return packedInfo[dtype].bits === 8 ? bytes(dtype) : nibbles(dtype, written);
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

const halfAt = (index: string): string => `u32((${index}) & 1) * 16u`;

/** Four are half a word; who writes the other half may be another thread. */
function nibbles(dtype: PackedDType, written: boolean): Storage {
  const word = (name: string, index: string): string =>
    written ? `atomicLoad(&${name}[(${index}) >> 1u])` : `${name}[(${index}) >> 1u]`;
  return {
    element: written ? "atomic<u32>" : "u32",
    read: (name, index) => spread(dtype, `${word(name, index)} >> (${halfAt(index)})`),
    write: (name, index, value, link) => [
      `atomicAnd(&${name}[(${index}) >> 1u], 0xffff0000u >> (${halfAt(index)}));`,
      `atomicOr(&${name}[(${index}) >> 1u], ${link("pack_nibbles", 4)}(${value}) << (${halfAt(index)}));`,
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
