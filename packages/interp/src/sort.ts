import { eachLine } from "./combine.ts";

/**
 * out = for each vector along `axis` the places of its elements in order. Equal elements keep theirs, in both
 * directions; NaN counts as the greatest.
 */
export function argsortInto(
  out: Float64Array,
  input: { readonly values: Float64Array; readonly shape: readonly number[]; readonly axis: number },
  descending: boolean,
): void {
  eachLine(input, (_, first, stride, length) => {
    const at = (place: number): number => input.values[first + place * stride] ?? 0;
    const places = Array.from({ length }, (_unused, place) => place);
    places.sort((a, b) => (descending ? order(at(b), at(a)) : order(at(a), at(b))) || a - b);
    places.forEach((place, rank) => (out[first + rank * stride] = place));
  });
}

function order(a: number, b: number): number {
  const [aOdd, bOdd] = [Number.isNaN(a), Number.isNaN(b)];
  if (aOdd || bOdd) return Number(aOdd) - Number(bOdd);
  return a < b ? -1 : a > b ? 1 : 0;
}
