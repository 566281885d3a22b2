import type { BufferDType } from "@tilebook/ir";
import { decodeElements } from "../interpreter/elements.ts";

/** Sum of squared differences over the sum of squares: f32 sums in another order stay far below. */
const mostError = 1e-6;

/** Why these bytes are not the same result; nothing where they are. Numbers that are not floats must be equal. */
export function whyWrong(dtype: BufferDType, right: Uint8Array, bytes: Uint8Array): string | undefined {
  if (bytes.length !== right.length) return `it has ${bytes.length} bytes instead of ${right.length}`;
  if (dtype !== "f32" && dtype !== "f16") return whyUnequal(right, bytes);
  return whyFar(floats(dtype, right), floats(dtype, bytes));
}

type Floats = Float32Array | Float64Array;

function whyFar(expected: Floats, found: Floats): string | undefined {
  let [errors, squares] = [0, 0];
  for (const [at, a] of expected.entries()) {
    const b = found[at] ?? NaN;
    if (Number.isFinite(a)) squares += a * a;
    if (Object.is(a, b)) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return `element ${at} is ${b} instead of ${a}`;
    errors += (a - b) ** 2;
  }
  const error = errors === 0 ? 0 : errors / squares;
  return error <= mostError ? undefined : `its normalised error is ${error.toExponential(1)}`;
}

function whyUnequal(right: Uint8Array, bytes: Uint8Array): string | undefined {
  const at = right.findIndex((byte, place) => byte !== bytes[place]);
  return at < 0 ? undefined : `byte ${at} is ${bytes[at]} instead of ${right[at]}`;
}

function floats(dtype: "f32" | "f16", bytes: Uint8Array): Floats {
  const plain = dtype === "f32" && bytes.byteOffset % 4 === 0;
  return plain
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : decodeElements(bytes, dtype);
}
