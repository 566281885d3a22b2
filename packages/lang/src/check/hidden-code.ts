import type { FaultData } from "@tilebook/base";
import type { KernelSite } from "../cell.ts";
import { hidesCode } from "../syntax-hints.ts";
import type { KernelCheck } from "./check.ts";

/** Lines of a kernel such as `const row = pid // width;`: valid, but the division is a comment. */
export function hiddenCode(
  { source, text }: Pick<KernelCheck, "source" | "text">,
  { span }: Pick<KernelSite, "span">,
): readonly FaultData[] {
  const lines = [...text.slice(span.start, span.end).matchAll(/[^\n]+/g)];
  return lines.flatMap(({ 0: line, index }) => {
    if (!hidesCode(line)) return [];
    const [start, end] = [line.indexOf("//"), line.trimEnd().length].map((at) => span.start + index + at);
    return [
      {
        code: "kernel/integer-division",
        message: "`//` begins a comment, so nothing is divided here",
        hint: "the whole part of a / b is idiv(a, b)",
        span: { source, start: start ?? 0, end: end ?? 0 },
      },
    ];
  });
}
