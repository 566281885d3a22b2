/** Parts looked at in one value. Beyond that it is taken to hold anything. */
const MOST_PARTS = 20_000;

/**
 * Every object inside a value that can be reached through lists, plain objects, maps and sets, itself included.
 * Getters are not called and nothing is looked for inside functions or class instances.
 */
export function partsOf(value: unknown): ReadonlySet<object> {
  const found = new Set<object>();
  const stack = [value];
  while (stack.length > 0 && found.size < MOST_PARTS) {
    const next = stack.pop();
    if (typeof next !== "object" || next === null || found.has(next)) continue;
    found.add(next);
    if (!ArrayBuffer.isView(next)) stack.push(...inside(next));
  }
  return found;
}

function inside(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return value.length > MOST_PARTS ? [] : (value as readonly unknown[]);
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((own) => own.value as unknown);
}
