import { decodeOutput, type Output, type TensorSummary } from "@tilebook/notebook";
import { inspect, type TensorOf } from "./inspect.ts";

/**
 * The output that shows a value: what `image`, `plot`, `table`, ... made is shown as such (checked as it will be on the
 * other side, so that a mistake is a fault in the cell), a tensor by its view, anything else as a tree.
 */
export function outputOf(value: unknown, tensorOf: TensorOf, name?: string): Output {
  if (isOutput(value)) return decodeOutput(value);
  const tensor: TensorSummary | undefined =
    typeof value === "object" && value !== null ? tensorOf(value) : undefined;
  const named = name === undefined ? {} : { name };
  if (tensor !== undefined) return { kind: "tensor", tensor, ...named };
  return { kind: "value", value: inspect(value, tensorOf), ...named };
}

/** Outputs as data carry the brand `$output: true` (packages/tensor/src/output/brand.ts). */
function isOutput(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.getOwnPropertyDescriptor(value, "$output")?.value === true;
}
