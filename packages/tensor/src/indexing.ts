import { Fault } from "@tilebook/base";
import { Expr, pick } from "./expr.ts";
import { gatherRows, type Places, placesOf } from "./gather.ts";
import { broadcast, permute, reshape, slice } from "./nodes.ts";
import { broadcastShape, sayShape, type Shape, sizeOf } from "./shape.ts";

/**
 * NumPy's indexing, one entry an axis: a number drops its axis, "1:5", ":3", "::-1" take a range, null is a new axis, "..." stands for
 * all axes not named; a list or a tensor of integers, or a list of booleans, picks elements. Several of these go together,
 * broadcast, and their axes stand where they stood; in front, where others were between them.
 */
export type IndexEntry = number | string | null | Expr | Places | readonly boolean[];

/** Faults `shape/index`, `tensor/index`. */
export function indexBy(input: Expr, entries: readonly IndexEntry[]): Expr {
  const full = complete(entries, input.shape);
  const axes = alongAxes(full, input.shape);
  const cut = slice(
    input,
    axes.map(({ start }) => start),
    axes.map(({ length }) => length),
    axes.map(({ step }) => step),
  );
  const { shape, picks } = reshaped(full, axes);
  const view = reshape(cut, shape);
  return picks.length === 0 ? view : pickAt(view, picks);
}

interface Along {
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

/** A pick of elements on an axis of the sliced tensor. */
interface Pick {
  readonly axis: number;
  readonly places: Expr;
  /** Which entry it is: neighbours keep their place. */
  readonly entry: number;
}

/** With "..." written out as ":". */
function complete(entries: readonly IndexEntry[], shape: Shape): readonly IndexEntry[] {
  const named = entries.filter((entry) => entry !== null && entry !== "...").length;
  const dots = entries.filter((entry) => entry === "...").length;
  if (named > shape.length || dots > 1) {
    throw new Fault(
      "shape/index",
      `${entries.length} entries do not index a tensor of shape ${sayShape(shape)}`,
      {
        hint: dots > 1 ? 'only one "..." may stand there' : `it has ${shape.length} axes`,
      },
    );
  }
  const rest = Array.from({ length: shape.length - named }, () => ":");
  const at = entries.indexOf("...");
  return at < 0 ? [...entries, ...rest] : entries.toSpliced(at, 1, ...rest);
}

/** What is cut out of each axis: an element, a range, or for picks all of it. */
function alongAxes(full: readonly IndexEntry[], shape: Shape): readonly Along[] {
  return full
    .filter((entry) => entry !== null)
    .map((entry, axis) => {
      const size = pick(shape, axis);
      if (typeof entry === "number") return { start: elementAt(entry, size, axis), length: 1, step: 1 };
      if (typeof entry === "string") return rangeOf(entry, size);
      return { start: 0, length: size, step: 1 };
    });
}

function elementAt(index: number, size: number, axis: number): number {
  const at = index < 0 ? index + size : index;
  if (Number.isInteger(index) && at >= 0 && at < size) return at;
  throw new Fault("shape/index", `there is no element ${index} on axis ${axis}, which has ${size}`, {
    hint: `use ${-size} to ${size - 1}; numbers below 0 count from the end`,
  });
}

const forms = 'a range is "start:end" or "start:end:step", and the step is not 0';

/** "start:end:step" as Python has it: ends beyond the axis are cut. Fault `shape/index` for what is no range, or empty. */
function rangeOf(text: string, size: number): Along {
  const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text);
  const [, first, last, by] = match ?? [];
  const step = Number(by ?? 1);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const bound = (word: string | undefined, missing: number): number => {
    if (word === undefined) return missing;
    const at = Number(word) < 0 ? Number(word) + size : Number(word);
    return Math.min(Math.max(at, low), high);
  };
  const start = bound(first, step > 0 ? 0 : size - 1);
  const length = Math.ceil((bound(last, step > 0 ? size : -1) - start) / step);
  if (match !== null && length > 0) return { start, length, step };
  throw new Fault("shape/index", `"${text}" takes nothing from an axis of ${size} elements`, {
    hint: match === null || step === 0 ? forms : "empty tensors are not supported",
  });
}

/** The shape after numbers dropped their axes and null added some, and what is left to pick. */
function reshaped(
  full: readonly IndexEntry[],
  axes: readonly Along[],
): { readonly shape: Shape; readonly picks: readonly Pick[] } {
  const shape: number[] = [];
  const picks: Pick[] = [];
  const cut = axes.values();
  for (const [entry, index] of full.entries()) {
    const size = index === null ? 1 : (cut.next().value?.length ?? 1);
    if (typeof index === "number") continue;
    if (index !== null && typeof index !== "string")
      picks.push({ axis: shape.length, places: pickPlaces(index, size), entry });
    shape.push(size);
  }
  return { shape, picks };
}

function pickPlaces(index: Expr | Places | readonly boolean[], size: number): Expr {
  if (index instanceof Expr && index.dtype === "bool") {
    throw new Fault("tensor/index", "how many elements a mask picks is known to the device alone", {
      hint: "use where(mask, x, 0), or a list of booleans: x.at([true, false])",
    });
  }
  return placesOf(index instanceof Expr || !isMask(index) ? index : placesOfMask(index, size), size);
}

function isMask(list: Places | readonly boolean[]): list is readonly boolean[] {
  return Array.isArray(list) && list.length > 0 && list.every((value) => typeof value === "boolean");
}

function placesOfMask(mask: readonly boolean[], size: number): readonly number[] {
  if (mask.length === size) return mask.flatMap((kept, at) => (kept ? [at] : []));
  throw new Fault("shape/index", `a mask of ${mask.length} does not fit an axis of ${size} elements`, {
    hint: "it needs one boolean for each element",
  });
}

/** Picks elements by places that broadcast together. */
function pickAt(input: Expr, picks: readonly Pick[]): Expr {
  const shape = picks.reduce<Shape>((so, { places }) => broadcastShape(so, places.shape), []);
  const axes = picks.map(({ axis }) => axis);
  const others = Array.from(input.shape.keys()).filter((axis) => !axes.includes(axis));
  const columns = picks.map(({ places }) => reshape(broadcast(places, shape), [sizeOf(shape)]));
  const rows = gatherRows(permute(input, [...axes, ...others]), columns);
  const rest = others.map((axis) => pick(input.shape, axis));
  const picked = reshape(rows, [...shape, ...rest]);
  const [first] = picks;
  const together = picks.every(({ entry }, at) => entry === (first?.entry ?? 0) + at);
  return together ? movedBehind(picked, shape.length, first?.axis ?? 0) : picked;
}

/** The first `count` axes moved behind the next `before`. */
function movedBehind(input: Expr, count: number, before: number): Expr {
  const front = Array.from({ length: before }, (_, at) => count + at);
  const moved = Array.from({ length: count }, (_, at) => at);
  const rest = Array.from({ length: input.shape.length - count - before }, (_, at) => count + before + at);
  return permute(input, [...front, ...moved, ...rest]);
}
