import { type FunctionName, functions } from "@tilebook/shaders";

/** A function of the catalogue, over one number or over four. */
export interface Linked {
  readonly name: FunctionName;
  readonly width: 1 | 4;
}

/** Makes a function of the catalogue part of the kernel, and says its name there. */
export type Link = (name: FunctionName, width: 1 | 4) => string;

export function linkedName({ name, width }: Linked): string {
  return `${name}_${width === 1 ? "f" : "v"}`;
}

/** A function, after all that it calls. */
export function withUses(linked: Linked): readonly Linked[] {
  return [...usesOf(linked).flatMap(withUses), linked];
}

/** A function whose file gives types no names of its own calls others for one number. */
function usesOf({ name, width }: Linked): readonly Linked[] {
  const { source, uses } = functions[name];
  const forOthers = source.includes("\nalias ") ? width : 1;
  return uses.map((used) => ({ name: used, width: forOthers }));
}

/** The text of a function in one width, without the functions that it calls: the first line of its head, then its code. */
export function linkedLines(linked: Linked): readonly string[] {
  const names = new Map([
    ...Object.entries(types[linked.width]),
    ...[linked, ...usesOf(linked)].map((called) => [called.name, linkedName(called)] as const),
  ]);
  const [title = "", ...rest] = functions[linked.name].source.trimEnd().split("\n");
  const code = rest.filter((line) => line !== "" && !line.startsWith("//") && !line.startsWith("alias "));
  return [title, ...code.map((line) => line.replaceAll(/\b\w+\b/gu, (word) => names.get(word) ?? word))];
}

/** What the names of types in the catalogue's files mean. */
const types: Readonly<Record<1 | 4, Readonly<Record<"F" | "I" | "U", string>>>> = {
  1: { F: "f32", I: "i32", U: "u32" },
  4: { F: "vec4f", I: "vec4i", U: "vec4u" },
};
