import { anObject, aSpan, type Decoder, type FaultData, optional } from "@tilebook/base";
import { Budget, bounds } from "./bounds.ts";

/** A fault that crossed a wall. Its chain of causes is cut, not refused: what happened last matters most. */
export function decodeFault(value: unknown): FaultData {
  return faultDecoder(new Budget())(value, "fault");
}

export function faultDecoder(budget: Budget, depth = 0): Decoder<FaultData> {
  const cause: Decoder<FaultData | undefined> = (value, path) =>
    depth >= bounds.causes ? undefined : optional(faultDecoder(budget, depth + 1))(value, path);
  return anObject({
    code: budget.text(128),
    message: budget.text(10_000),
    span: optional(aSpan),
    hint: optional(budget.text(10_000)),
    cause,
  });
}
