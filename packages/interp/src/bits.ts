import type { DType } from "@tilebook/ir";

const bytes = new DataView(new ArrayBuffer(4));

/** The same 32 bits as another dtype (f32, i32, u32). An f32 is rounded first, since in f64 mode it may hold more. */
export function bitcastValue(value: number, from: DType, to: DType): number {
  if (from === "f32") bytes.setFloat32(0, value);
  else if (from === "i32") bytes.setInt32(0, value);
  else bytes.setUint32(0, value);
  if (to === "f32") return bytes.getFloat32(0);
  return to === "i32" ? bytes.getInt32(0) : bytes.getUint32(0);
}

/** The same bits, element by element. */
export function bitcastInto(out: Float64Array, input: Float64Array, from: DType, to: DType): void {
  for (let i = 0; i < out.length; i++) out[i] = bitcastValue(input[i] ?? 0, from, to);
}
