import {
  type Arbitrary,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  oneof,
  string,
} from "fast-check";

/** What nobody honest writes into a field. */
export const nonsense: Arbitrary<unknown> = oneof(
  constantFrom<unknown>(null, undefined, true, [], {}, Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0.5),
  constantFrom<unknown>(
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 60,
    1e308,
    "2",
    "__proto__",
    "constructor",
  ),
  constantFrom<unknown>(
    "x".repeat(201),
    "x".repeat(10_000),
    Array.from({ length: 9 }, () => 2 ** 31 - 1),
  ),
  constant<unknown>(JSON.parse('{"__proto__": {"kind": "put"}, "length": 4}')),
  double(),
  integer(),
  string(),
  dictionary(string(), integer(), { maxKeys: 3 }),
);

/** One of these as a rule, and now and then nonsense. */
export function mostly<T>(valid: Arbitrary<T>): Arbitrary<unknown> {
  return oneof({ weight: 9, arbitrary: valid }, { weight: 1, arbitrary: nonsense });
}

/** Puts something else in the place of any part of a JSON value, or takes it away: `at` chooses which. */
export function mutated(value: unknown, at: number, by: unknown): unknown {
  const copy = structuredClone(value);
  const places: (readonly [object, string])[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const key of Object.keys(part)) {
      places.push([part, key]);
      walk(Reflect.get(part, key));
    }
  };
  walk(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return by;
  const [of, key] = place;
  if (by === undefined) Reflect.deleteProperty(of, key);
  else Object.defineProperty(of, key, { value: by, enumerable: true, configurable: true, writable: true });
  return copy;
}
