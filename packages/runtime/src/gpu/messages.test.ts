import { describe, expect, test } from "vitest";
import { type CompilerMessage, wgslFault } from "./messages.ts";

const span = { source: "c1", start: 10, end: 20 };
const kernel = {
  name: "scale",
  wgsl: "fn main() {\n  let x = y;\n}\n",
  spans: [{ source: "c1", start: 0, end: 5 }, span, undefined],
  hint: "try this",
};

function error(message: string, lineNum = 0): CompilerMessage {
  return { type: "error", message, lineNum, linePos: lineNum === 0 ? 0 : 11 };
}

/** As Naga says it. */
function scalar(kind: string, width: number): string {
  return `(of type Scalar(Scalar { kind: ${kind}, width: ${width} }))`;
}

describe("wgslFault", () => {
  test("[M1] Chromium's line number leads to the cell's span", () => {
    const fault = wgslFault(kernel, [error("unresolved value 'y'", 2)], undefined);
    expect(fault.code).toBe("executor/wgsl");
    expect(fault.span).toEqual(span);
    expect(fault.message).toBe(
      "the GPU's compiler refused the kernel scale: unresolved value 'y' (line 2: let x = y;)",
    );
  });

  test("[M2] Firefox's many lines lead there too", () => {
    const text =
      "\nShader validation error: no definition in scope for identifier: `y`\n  ┌─ wgsl:2:11\n  │\n2 │   let x = y;";
    const fault = wgslFault(kernel, [error(text)], undefined);
    expect(fault.span).toEqual(span);
    expect(fault.message).toContain("no definition in scope for identifier: `y`");
  });

  test("[M2b] of Firefox's validation, the reason is told and not where it is, with types as WGSL has them", () => {
    const head =
      "\nShader validation error: Entry point main at Compute is invalid\n  ┌─ :2:11\n  │\n2 │   let x = y;";
    const at = "\n  │   ^^ naga::ir::Expression [7]\n  │\n  = Expression [7] is invalid\n";
    const text = `${head}${at}  = Operation Add can't work with [5] ${scalar("Float", 4)} and [6] ${scalar("Uint", 4)}\n\n`;
    expect(wgslFault(kernel, [error(text, 2)], undefined).message).toBe(
      "the GPU's compiler refused the kernel scale: Operation Add can't work with f32 and u32 (line 2: let x = y;)",
    );
    const stored = `${head}${at}  = The type of [4] doesn't match the type stored in [2]\n`;
    expect(wgslFault(kernel, [error(stored, 2)], undefined).message).toContain(
      "scale: The type of this doesn't match the type stored in that (line 2",
    );
  });

  test("[M3] warnings are not the error, and a line without a span takes the one above", () => {
    const warning: CompilerMessage = { type: "warning", message: "unused", lineNum: 1, linePos: 1 };
    expect(wgslFault(kernel, [warning, error("expected '}'", 3)], undefined).span).toEqual(span);
  });

  test("[M4] without messages the pipeline's own error is shown", () => {
    const fault = wgslFault(kernel, [], new Error("workgroup storage size 70000 exceeds 32768"));
    expect(fault.message).toContain("workgroup storage size 70000 exceeds 32768");
    expect(fault.span).toEqual(kernel.spans[0]);
  });

  test("[M5] a GPUError, which is no Error, is read and never shown as [object ...]", () => {
    const cause = { message: "the entry point is missing" };
    expect(wgslFault(kernel, [], cause).message).toContain("the entry point is missing");
    expect(wgslFault(kernel, [error("no", 2)], cause).cause).toBeUndefined();
  });
});
