import { isNumeric, type NumericValue, type PointerValue, type Value } from "./value.ts";

/** What a value is made of, by where it stands in it: `[0]`, `.mean`, `@3` for the offset of the pointer 3. */
export type Leaves = ReadonlyMap<string, Value>;

/** The numbers in a value and what else has no parts. Two values of one form have the same keys. */
export function leavesOf(value: Value): Leaves {
  const leaves = new Map<string, Value>();
  rebuilt(value, "", (leaf, key) => {
    leaves.set(key, leaf);
    return leaf;
  });
  return leaves;
}

/** The value with other leaves. */
export function withLeaves(value: Value, change: (leaf: Value, key: string) => Value): Value {
  return rebuilt(value, "", change);
}

type Change = (leaf: Value, key: string) => Value;

function rebuilt(value: Value, key: string, change: Change): Value {
  switch (value.kind) {
    case "list":
      return { ...value, items: value.items.map((item, at) => rebuilt(item, `${key}[${at}]`, change)) };
    case "record": {
      const fields = [...value.fields].map(([name, item]): [string, Value] => [
        name,
        rebuilt(item, `${key}.${name}`, change),
      ]);
      return { ...value, fields: new Map(fields) };
    }
    case "pointer":
      return moved(value, key, change);
    case "view": {
      const numbers = (list: readonly NumericValue[], name: string): readonly NumericValue[] =>
        list.map((item, at) => number(change(item, `${key}.${name}[${at}]`)));
      const pointer = moved(value.pointer, key, change);
      const [shape, strides] = [numbers(value.shape, "shape"), numbers(value.strides, "strides")];
      return { ...value, pointer, shape, strides };
    }
    case "tile":
    case "constant":
    case "range":
    case "helper":
    case "function":
    case "foreign":
      return change(value, key);
  }
}

function moved(pointer: PointerValue, key: string, change: Change): PointerValue {
  return { ...pointer, offset: number(change(pointer.offset, `${key}@${pointer.id}`)) };
}

function number(value: Value): NumericValue {
  if (isNumeric(value)) return value;
  throw new Error("an offset or a size is a number");
}

/** The same value, whenever it is looked at. */
export function sameLeaf(a: Value, b: Value | undefined): boolean {
  if (a.kind === "tile") return b?.kind === "tile" && b.id === a.id;
  if (a.kind === "constant") return b?.kind === "constant" && Object.is(b.value, a.value);
  if (a.kind === "helper") return b?.kind === "helper" && b.node === a.node;
  if (a.kind === "function") return b?.kind === "function" && b.name === a.name;
  return a === b;
}
