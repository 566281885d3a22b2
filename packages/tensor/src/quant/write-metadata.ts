import { Fault } from "@tilebook/base";
import { type GgufValue, type Kind, kinds, listType, textType, type ValueType } from "./metadata.ts";

/** The types of values that were read, by name: what is read keeps them under this, and so do copies of it. */
export const valueTypes: unique symbol = Symbol("types of values");

/** A number whose type is said: `{ f32: 10_000 }`. */
type Said = Readonly<Record<string, number | bigint>>;

/** Values by name, as a cell gives them to be written. */
export type Metadata = Readonly<Record<string, GgufValue | Said>> & {
  readonly [valueTypes]?: ReadonlyMap<string, ValueType>;
};

/** Each value as it lies in a file: its name, its type, itself. Fault `file/value`. */
export function metadataBytes(metadata: Metadata): readonly Uint8Array[] {
  return Object.entries(metadata).flatMap(([name, value]) => {
    const { type, of } = typeOf(name, value, metadata[valueTypes]?.get(name));
    if (type === textType) return [textBytes(name), u32Bytes(type), textBytes(value as string)];
    const kind = kinds[of ?? type];
    const list = type === listType ? (listOf(value) ?? []) : [plain(value)];
    const head = type === listType ? [u32Bytes(of ?? 0), u64Bytes(list.length)] : [];
    const body = kind === undefined ? list.map((text) => textBytes(String(text))) : [numberBytes(kind, list)];
    return [textBytes(name), u32Bytes(type), ...head, ...body];
  });
}

export function u32Bytes(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

export function u64Bytes(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

/** Its length in 8 bytes, then UTF-8. */
export function textBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const all = new Uint8Array(8 + bytes.length);
  all.set(u64Bytes(bytes.length));
  all.set(bytes, 8);
  return all;
}

function numberBytes({ bytes, write }: Kind, list: readonly unknown[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes * list.length));
  list.forEach((value, at) => write(view, at * bytes, value as number));
  return new Uint8Array(view.buffer);
}

/** The type that it had, if it still fits; else the one that is said; else whole numbers are u32 where they fit, others f32. */
function typeOf(name: string, value: unknown, before: ValueType | undefined): ValueType {
  const list = listOf(value);
  const found = list === undefined ? scalarType(value, before?.type) : elementType(value, list, before?.of);
  if (found !== undefined) return list === undefined ? { type: found } : { type: listType, of: found };
  throw new Fault("file/value", `value ${JSON.stringify(name.slice(0, 100))} is none that GGUF has`, {
    hint: "a number, text or boolean, a list of them; { f32: 1 } says the type of a number",
  });
}

function scalarType(value: unknown, before: number | undefined): number | undefined {
  if (before !== undefined && fits(value, before)) return before;
  if (typeof value === "string") return textType;
  if (typeof value === "boolean") return typeNamed("bool");
  if (typeof value === "object" && value !== null) {
    const [name = ""] = Object.keys(value);
    const type = typeNamed(name);
    const isRounded = name.startsWith("f") && typeof plain(value) === "number";
    return isRounded || fits(plain(value), type) ? type : undefined;
  }
  return typeFor([value], ["u32", "i32", "i64", "u64"]);
}

/** Of a typed array that of its numbers. */
function elementType(
  given: unknown,
  list: readonly unknown[],
  before: number | undefined,
): number | undefined {
  if (before !== undefined && list.every((one) => fits(one, before))) return before;
  if (list.every((one) => typeof one === "string")) return textType;
  if (list.every((one) => typeof one === "boolean")) return typeNamed("bool");
  const prototype: unknown = Object.getPrototypeOf(given);
  const own = Object.keys(kinds).find((type) => {
    const made = kinds[Number(type)]?.list?.(new Uint8Array());
    return made !== undefined && Object.getPrototypeOf(made) === prototype;
  });
  return own === undefined ? typeFor(list, ["i32", "i64", "u64"]) : Number(own);
}

/** The first of these whole numbers that fits, or f32. */
function typeFor(list: readonly unknown[], names: readonly string[]): number | undefined {
  const whole = names.map(typeNamed).find((type) => list.every((one) => fits(one, type)));
  return whole ?? (list.every((one) => typeof one === "number") ? typeNamed("f32") : undefined);
}

function typeNamed(name: string): number | undefined {
  const found = Object.keys(kinds).find((type) => kinds[Number(type)]?.name === name);
  return found === undefined ? undefined : Number(found);
}

/** Whether what is written is read again. */
function fits(value: unknown, type: number | undefined): boolean {
  if (type === textType || typeof value === "string") return type === textType && typeof value === "string";
  const kind = kinds[type ?? -1];
  const isWhole = typeof value === "bigint" || Number.isInteger(Number(value));
  if (kind === undefined || typeof value === "object" || (kind.list === undefined && !isWhole)) return false;
  const view = new DataView(new ArrayBuffer(8));
  kind.write(view, 0, value as number);
  return Object.is(Number(kind.read(view, 0)), Number(value));
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : undefined;
}

/** The number of `{ f32: 1 }`. */
export function plain(value: unknown): unknown {
  return typeof value === "object" && value !== null ? Object.values(value)[0] : value;
}
