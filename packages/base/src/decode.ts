import { Fault } from "./fault.ts";
import type { Span } from "./span.ts";

/**
 * Decoders turn unknown data into fresh, typed, bounded values, or throw a Fault with code `decode/...`.
 * They copy named fields and never merge or spread what came in, so `__proto__` and extra keys die here.
 */
export type Decoder<T> = (value: unknown, path: string) => T;

export type Decoded<D> = D extends Decoder<infer T> ? T : never;

/** Runs `decoder` over `value`; `name` starts the path that faults report. */
export function decode<T>(decoder: Decoder<T>, value: unknown, name = "value"): T {
  return decoder(value, name);
}

function refuse(path: string, wanted: string, value: unknown): never {
  const seen = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw new Fault("decode/type", `${path} must be ${wanted}, not ${seen}`);
}

export const aBoolean: Decoder<boolean> = (value, path) =>
  typeof value === "boolean" ? value : refuse(path, "true or false", value);

export const aNumber: Decoder<number> = (value, path) =>
  typeof value === "number" ? value : refuse(path, "a number", value);

export function anInteger(least: number, most: number): Decoder<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) return refuse(path, "an integer", value);
    if (value < least || value > most) {
      throw new Fault("decode/range", `${path} must be between ${least} and ${most}, not ${value}`);
    }
    return value;
  };
}

export function aString(mostLength: number): Decoder<string> {
  return (value, path) => {
    if (typeof value !== "string") return refuse(path, "a string", value);
    if (value.length > mostLength) {
      throw new Fault(
        "decode/range",
        `${path} is ${value.length} characters long; at most ${mostLength} are allowed`,
      );
    }
    return value;
  };
}

export function oneOf<const T extends string | number>(...allowed: readonly T[]): Decoder<T> {
  return (value, path) => {
    const found = allowed.find((item) => item === value);
    return found === undefined ? refuse(path, `one of ${allowed.join(", ")}`, value) : found;
  };
}

export function anArray<T>(item: Decoder<T>, mostItems: number): Decoder<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, "an array", value);
    if (value.length > mostItems) {
      throw new Fault("decode/range", `${path} has ${value.length} items; at most ${mostItems} are allowed`);
    }
    return Array.from(value, (entry: unknown, index) => item(entry, `${path}[${index}]`));
  };
}

export function optional<T>(inner: Decoder<T>): Decoder<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : inner(value, path));
}

type Fields = Readonly<Record<string, Decoder<unknown>>>;
type Flat<T> = { [K in keyof T]: T[K] };
/** Fields whose decoder may give `undefined` are left out then, so they are optional properties. */
type ObjectOf<F extends Fields> = Flat<
  { -readonly [K in keyof F as undefined extends Decoded<F[K]> ? never : K]: Decoded<F[K]> } & {
    -readonly [K in keyof F as undefined extends Decoded<F[K]> ? K : never]?: Exclude<
      Decoded<F[K]>,
      undefined
    >;
  }
>;

/** An object with exactly the named fields; fields that decode to `undefined` are left out. */
export function anObject<const F extends Fields>(fields: F): Decoder<ObjectOf<F>> {
  const entries = Object.entries(fields);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return refuse(path, "an object", value);
    const result: Record<string, unknown> = {};
    for (const [key, decoder] of entries) {
      const raw: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
      const decoded = decoder(raw, `${path}.${key}`);
      if (decoded !== undefined) result[key] = decoded;
    }
    return result as ObjectOf<F>;
  };
}

type Variants = Readonly<Record<string, Decoder<object>>>;
type UnionOf<Tag extends string, V extends Variants> = {
  [K in keyof V & string]: { [T in Tag]: K } & Decoded<V[K]>;
}[keyof V & string];

/** A union told apart by the string field `tag`, which the result carries too. */
export function tagged<const Tag extends string, const V extends Variants>(
  tag: Tag,
  variants: V,
): Decoder<UnionOf<Tag, V>> {
  const names = Object.keys(variants);
  return (value, path) => {
    if (typeof value !== "object" || value === null) return refuse(path, "an object", value);
    const name: unknown = Object.hasOwn(value, tag) ? Reflect.get(value, tag) : undefined;
    const variant = typeof name === "string" && Object.hasOwn(variants, name) ? variants[name] : undefined;
    if (variant === undefined) return refuse(`${path}.${tag}`, `one of ${names.join(", ")}`, name);
    return { [tag]: name, ...variant(value, path) } as UnionOf<Tag, V>;
  };
}

/** Parses JSON and decodes it. Text longer than `mostLength` is refused before it is parsed. */
export function decodeJson<T>(decoder: Decoder<T>, text: string, mostLength: number): T {
  if (text.length > mostLength)
    throw new Fault("decode/range", `the text is longer than ${mostLength} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault("decode/json", "the text is not JSON", { cause });
  }
  return decoder(value, "value");
}

export const aSpan: Decoder<Span> = anObject({
  source: aString(256),
  start: anInteger(0, 2 ** 31),
  end: anInteger(0, 2 ** 31),
});
