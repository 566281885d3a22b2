import { constant, type ForeignValue, type Value } from "./value.ts";

const mostItems = 4_096;
const mostDepth = 8;

const data = "a kernel can use numbers, true and false, texts, and arrays and objects of them";

/** What a value of the host means in a kernel: constants, lists and records; anything else only names itself. */
export function capturedValue(value: unknown, depth = 0): Value {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return constant(value);
  if (value === undefined || value === null) return constant(undefined);
  if (typeof value === "function") {
    return foreign("a function of another cell", "write the helper in the cell of the kernel");
  }
  if (typeof value !== "object" || depth > mostDepth) return foreign(`a ${typeof value}`, data);
  const list = listOf(value);
  if (list !== undefined) {
    if (list.length > mostItems)
      return foreign(
        `an array of ${list.length} items`,
        `at most ${mostItems} can be constants; pass a tensor`,
      );
    return { kind: "list", items: Array.from(list, (item) => capturedValue(item, depth + 1)) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return foreign(`an object of ${nameOf(value)}`, "pass it as a parameter: (x: Ptr) for a tensor");
  }
  const entries = Object.entries(value).slice(0, mostItems);
  return {
    kind: "record",
    fields: new Map(entries.map(([key, item]) => [key, capturedValue(item, depth + 1)])),
  };
}

function listOf(value: object): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  const typed = ArrayBuffer.isView(value) && !(value instanceof DataView);
  // The typed arrays are lists of numbers; BigInt ones hold values that are no constants here.
  return typed ? (value as unknown as ArrayLike<unknown>) : undefined;
}

function nameOf(value: object): string {
  const maker: unknown = Reflect.get(value, "constructor");
  return typeof maker === "function" && maker.name !== "" ? `class ${maker.name}` : "some class";
}

function foreign(what: string, hint: string): ForeignValue {
  return { kind: "foreign", what, hint };
}
