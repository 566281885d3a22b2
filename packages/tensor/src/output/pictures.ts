import { Fault } from "@tilebook/base";

/** Pictures of equal size, as numbers. */
export interface Pictures {
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** Values of a tensor of `shape` as one picture: [height, width], or [side * side]. */
export function onePicture(values: ArrayLike<number>, shape: readonly number[]): Pictures {
  const [height = 1, width = 1] = shape;
  if (shape.length === 2) return { values, count: 1, height, width };
  const side = sideOf(height);
  if (shape.length === 1 && side !== undefined) return { values, count: 1, height: side, width: side };
  throw noPictures(shape, "[height, width], or [side * side]");
}

/** Values of a tensor of `shape` as several: [count, height, width], or [count, side * side]. */
export function manyPictures(values: ArrayLike<number>, shape: readonly number[]): Pictures {
  const [count = 1, height = 1, width = 1] = shape;
  if (shape.length === 3) return { values, count, height, width };
  const side = sideOf(height);
  if (shape.length === 2 && side !== undefined) return { values, count, height: side, width: side };
  throw noPictures(shape, "[count, height, width], or [count, side * side]");
}

function sideOf(pixels: number): number | undefined {
  const side = Math.sqrt(pixels);
  return Number.isInteger(side) ? side : undefined;
}

function noPictures(shape: readonly number[], wanted: string): Fault {
  return new Fault("output/image", `cannot see pictures in the shape [${shape.join(", ")}]`, {
    hint: `give ${wanted}; reshape it first`,
  });
}
