import { Fault } from "@tilebook/base";
import type { RawLayout } from "../admission/index.ts";

/** A number, a list of values, or a value for each member of a struct. */
export type RawValue = number | readonly RawValue[] | { readonly [name: string]: RawValue };

/** The bytes of a value as WGSL lays it out. Fault `executor/bad-raw` names the part that does not fit. */
export function writeValue(layout: RawLayout, value: RawValue, name: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(layout.bytes / 16) * 16);
  write(new DataView(bytes.buffer), 0, layout, { value, name });
  return bytes;
}

interface Given {
  readonly value: RawValue | undefined;
  /** Where in the whole value: "size.rows", "weights[2]". */
  readonly name: string;
}

function write(view: DataView, at: number, layout: RawLayout, given: Given): void {
  switch (layout.kind) {
    case "scalar":
      return writeScalar(view, at, layout.dtype, given);
    case "list":
      return writeList(view, at, layout, given);
    case "struct":
      return writeStruct(view, at, layout, given);
  }
}

type Scalar = Extract<RawLayout, { readonly kind: "scalar" }>["dtype"];

const wanted: Record<Scalar, string> = {
  f32: "a number (f32)",
  i32: "a whole number from -2^31 to 2^31 - 1 (i32)",
  u32: "a whole number from 0 to 2^32 - 1 (u32)",
};

function writeScalar(view: DataView, at: number, dtype: Scalar, given: Given): void {
  const { value } = given;
  if (typeof value !== "number") throw misfit(given, wanted[dtype]);
  if (dtype === "f32") {
    // Infinity and NaN are numbers of WGSL too; a finite one must stay finite.
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw misfit(given, wanted.f32);
    return view.setFloat32(at, value, true);
  }
  const stored = dtype === "i32" ? value | 0 : value >>> 0;
  if (stored !== value) throw misfit(given, wanted[dtype]);
  view.setUint32(at, stored >>> 0, true);
}

type List = Extract<RawLayout, { readonly kind: "list" }>;

function writeList(view: DataView, at: number, { of, count, stride }: List, given: Given): void {
  const { value, name } = given;
  if (!isList(value) || value.length !== count) throw misfit(given, `a list of ${count}`);
  value.forEach((item, index) =>
    write(view, at + index * stride, of, { value: item, name: `${name}[${index}]` }),
  );
}

type Struct = Extract<RawLayout, { readonly kind: "struct" }>;

function writeStruct(view: DataView, at: number, { fields }: Struct, given: Given): void {
  const { value, name } = given;
  const said = `{ ${fields.map((field) => field.name).join(", ")} }`;
  if (typeof value !== "object" || isList(value)) throw misfit(given, said);
  const odd = Object.keys(value).find((key) => fields.every((field) => field.name !== key));
  if (odd !== undefined) throw new Fault("executor/bad-raw", `${name} has no member ${odd}`, { hint: said });
  for (const field of fields) {
    const part = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    write(view, at + field.offset, field.layout, { value: part, name: `${name}.${field.name}` });
  }
}

function isList(value: RawValue | undefined): value is readonly RawValue[] {
  return Array.isArray(value);
}

function misfit({ value, name }: Given, what: string): Fault {
  return new Fault("executor/bad-raw", `${name} is ${what}, not ${say(value)}`, {
    hint: "the kernel's text declares its type",
  });
}

function say(value: RawValue | undefined): string {
  if (value === undefined) return "left out";
  if (isList(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : String(value);
}
