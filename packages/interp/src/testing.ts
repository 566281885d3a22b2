import { type DType, dtypeInfo, sizeOf, TileBuilder, type ValueId } from "@tilebook/ir";
import type { Rounding } from "./elementwise.ts";
import { runTileKernel } from "./tile/run.ts";

/** For tests: makes one value with `build`, runs one program, gives back the value's elements. */
export function evaluate(build: (b: TileBuilder) => ValueId, rounding: Rounding = "exact"): number[] {
  const b = new TileBuilder("evaluate");
  const value = build(b);
  const { dtype, shape } = b.typeOf(value);
  const pointer = b.pointer("out", dtype);
  const size = sizeOf(shape);
  const flat = shape.length === 0 ? value : b.reshape(value, [size]);
  b.store({ pointer, offset: shape.length === 0 ? b.const(0, "i32") : b.arange(0, size), value: flat });
  const out = new Float64Array(size);
  runTileKernel(b.finish(), [1, 1, 1], [out], { rounding });
  return Array.from(out);
}

/** For tests: a tile of these elements (a power of two of them), made of constants. */
export function tileOf(b: TileBuilder, elements: readonly number[], dtype: DType): ValueId {
  const lanes = b.arange(0, elements.length);
  let tile = b.full([elements.length], elements[0] ?? 0, dtype);
  elements.forEach((element, place) => {
    const condition = b.binary("eq", lanes, b.full([elements.length], place, "i32"));
    tile = b.select({ condition, yes: b.full([elements.length], element, dtype), no: tile });
  });
  return tile;
}

/** For tests: elements of every dtype that are worth trying, eight each, rounded to the dtype. */
export function samples(dtype: DType): readonly number[] {
  const { kind, round } = dtypeInfo[dtype];
  if (kind === "bool") return [0, 1, 1, 0, 0, 1, 0, 1];
  if (kind === "float") return [0, 1, -1, 0.5, -2.5, 3.25, 1e-3, 40].map(round);
  return [0, 1, 2, -1, 7, -8, 2 ** 31 - 1, -(2 ** 31)].map(round);
}
