import { Fault } from "@tilebook/base";
import { sayKind } from "./output/say.ts";

/** Sizes, outermost first. `[]` is one element. Pure functions over them; NumPy's rules throughout. */
export type Shape = readonly number[];

/** Indices are i32 on the device. */
const MOST_ELEMENTS = 2 ** 31 - 1;

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** For messages: `[360, 64]`. */
export function sayShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** What the kernels of the graph can index. */
const MOST_AXES = 8;

/** A shape as the user gave it: a list of positive integers, or one number for a vector. */
export function checkShape(shape: unknown): Shape {
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [shape];
  if (typeof shape === "object" && shape !== null && "words" in shape) {
    throw new Fault("shape/sizes", "the shape comes first, and a key is an option", {
      hint: "write random.normal([2, 3], { key })",
    });
  }
  const good = sizes.every((size): size is number => Number.isSafeInteger(size) && Number(size) > 0);
  if (!good) {
    throw new Fault("shape/sizes", `a shape is a list of positive integers, not ${saySizes(sizes)}`, {
      hint: "write for example [360, 64]; empty tensors are not supported",
    });
  }
  if (sizes.length > MOST_AXES) {
    throw new Fault(
      "shape/rank",
      `${sayShape(sizes)} has ${sizes.length} axes; at most ${MOST_AXES} are supported`,
      {
        hint: "put some axes together with reshape",
      },
    );
  }
  if (sizeOf(sizes) > MOST_ELEMENTS) {
    throw new Fault("shape/too-large", `${sayShape(sizes)} has more than 2^31 - 1 elements`, {
      hint: "split the tensor; indices on the device are 32 bits wide",
    });
  }
  return [...sizes];
}

function saySizes(sizes: readonly unknown[]): string {
  return `[${sizes.map((size) => (typeof size === "number" ? String(size) : typeof size)).join(", ")}]`;
}

/** The axis counted from the front; negative ones count from the end. */
export function checkAxis(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= rank) {
    if (typeof axis !== "number") {
      throw new Fault("shape/axis", `an axis is a number, not ${sayKind(axis)}`, {
        hint: Array.isArray(axis)
          ? "the order of all axes is x.permute(2, 0, 1); folds take several: x.sum([0, 1])"
          : "options come after it: x.sum(1, { keep: true })",
      });
    }
    throw new Fault("shape/axis", `there is no axis ${axis} in a tensor of rank ${rank}`, {
      hint: rank === 0 ? "it is a single number" : `use 0 to ${rank - 1}, or -1 for the last`,
    });
  }
  return at;
}

/** NumPy broadcasting: sizes are compared from the end; each pair is equal or one of them is 1 or missing. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new Fault("shape/broadcast", `${sayShape(a)} and ${sayShape(b)} do not fit together`, {
      hint: `sizes ${left} and ${right} meet; they must be equal, or one of them 1 (add an axis with reshape)`,
    });
  });
}

/** `shape` with -1 replaced by what is left over for `size` elements. */
export function resolveReshape(from: Shape, shape: readonly number[]): Shape {
  const size = sizeOf(from);
  const unknown = shape.filter((n) => n === -1).length;
  const known = sizeOf(shape.filter((n) => n !== -1));
  const rest = size / known;
  if (unknown > 1 || (unknown === 1 ? !Number.isInteger(rest) : known !== size)) {
    throw new Fault("shape/reshape", `cannot reshape ${sayShape(from)} to ${sayShape(shape)}`, {
      hint:
        unknown > 1
          ? "only one size may be -1"
          : `${sayShape(from)} has ${size} elements${unknown === 1 ? `, which ${known} does not divide` : `, the new shape has ${known}`}`,
    });
  }
  return checkShape(shape.map((n) => (n === -1 ? rest : n)));
}

/** `order` as a permutation of all axes. */
export function checkOrder(order: readonly number[], rank: number): readonly number[] {
  const axes = order.map((axis) => checkAxis(axis, rank));
  if (axes.length !== rank || new Set(axes).size !== rank) {
    throw new Fault("shape/permute", `[${order.join(", ")}] does not name each of the ${rank} axes once`, {
      hint: `for example permute(${Array.from({ length: rank }, (_, axis) => rank - 1 - axis).join(", ")})`,
    });
  }
  return axes;
}

/** A half-open range of an axis of `size` elements, as JavaScript's slice counts. */
export function checkRange(start: number, end: number | undefined, size: number): readonly [number, number] {
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > size || from >= to) {
    throw new Fault(
      "shape/slice",
      `cannot take ${start} to ${end ?? "the end"} of an axis with ${size} elements`,
      { hint: `0 <= start < end <= ${size}; negative numbers count from the end` },
    );
  }
  return [from, to];
}
