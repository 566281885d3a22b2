import { Fault, type Span } from "@tilebook/base";

/** What a kernel brings for its error messages. `spans[n]` is where WGSL line n + 1 came from. */
export interface KernelText {
  readonly name: string;
  readonly wgsl: string;
  readonly spans: readonly (Span | undefined)[];
  /** The word at a line and column of the WGSL, where that is known. */
  readonly wordAt?: ((line: number, column: number) => Span | undefined) | undefined;
  /** What to try. */
  readonly hint: string;
}

/** For kernels that we wrote the WGSL of. */
export const tileHint =
  "look at the kernel's WGSL in its panel; a smaller tile often helps when a limit is named";

/** For WGSL that stands in a cell. */
export const rawHint =
  "correct that line of the cell; WGSL converts nothing by itself, so write f32(i) or u32(n) where types differ";

/** A message of the browser's WGSL compiler, as far as we use it. */
export type CompilerMessage = Pick<GPUCompilationMessage, "message" | "type" | "lineNum" | "linePos">;

/** Fault `executor/wgsl` for the first error among `messages`, at the place of the cell that the WGSL line came from. */
export function wgslFault(kernel: KernelText, messages: readonly CompilerMessage[], cause: unknown): Fault {
  const error = messages.find((message) => message.type === "error");
  const text = error?.message ?? messageOf(cause);
  const line = lineOf(error, text);
  const said = firstSentence(text);
  const where = line === undefined ? "" : ` (line ${line}: ${lineText(kernel.wgsl, line)})`;
  return new Fault("executor/wgsl", `the GPU's compiler refused the kernel ${kernel.name}: ${said}${where}`, {
    span: line === undefined ? anySpan(kernel) : (wordOf(kernel, line, error) ?? spanNear(kernel, line)),
    hint: kernel.hint,
    // A GPUError is no Error and says nothing as a string; its message was read above.
    cause: cause instanceof Error ? cause : undefined,
  });
}

function wordOf(kernel: KernelText, line: number, error: CompilerMessage | undefined): Span | undefined {
  if (error === undefined || error.lineNum !== line || error.linePos < 1) return undefined;
  return kernel.wordAt?.(line, error.linePos);
}

/** Of an Error or a GPUError. */
function messageOf(cause: unknown): string {
  const said = typeof cause === "object" && cause !== null && "message" in cause ? cause.message : cause;
  return String(said);
}

/** Chromium gives numbers. Firefox gives text such as `\nShader ... error: ...\n  ┌─ wgsl:12:5`. */
function lineOf(message: CompilerMessage | undefined, text: string): number | undefined {
  if (message !== undefined && message.lineNum > 0) return message.lineNum;
  const found = /(?:wgsl|^|[\s(]):?(\d+):(\d+)/u.exec(text);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

function firstSentence(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const telling = reasonOf(lines) ?? lines.find((line) => /error/iu.test(line)) ?? lines[0];
  return (telling ?? "it gave no reason").replace(/^.*?error:\s*/iu, "").slice(0, 300);
}

/** Firefox's validation says first that all is invalid, and the reason in the last of its notes, in words of its own IR. */
function reasonOf(lines: readonly string[]): string | undefined {
  const note = lines.findLast((line) => line.startsWith("= "))?.slice(2);
  if (note === undefined) return undefined;
  const typed = note
    .replaceAll(/Scalar\(Scalar \{ kind: (\w+), width: (\d+) \}\)/gu, (_, kind: string, width: string) =>
      scalarName(kind, Number(width)),
    )
    .replaceAll(/\[\d+\] \(of type ([^()]*)\)/gu, "$1");
  let unnamed = 0;
  return typed.replaceAll(/\[\d+\]/gu, () => (unnamed++ === 0 ? "this" : "that"));
}

function scalarName(kind: string, width: number): string {
  const letter = { Float: "f", Sint: "i", Uint: "u" }[kind];
  return letter === undefined ? kind.toLowerCase() : `${letter}${8 * width}`;
}

function lineText(wgsl: string, line: number): string {
  return (wgsl.split("\n")[line - 1] ?? "").trim().slice(0, 120);
}

/** The span of the line, else of the nearest line above that has one: declarations stand above their uses. */
function spanNear(kernel: KernelText, line: number): Span | undefined {
  for (let at = line - 1; at >= 0; at--) {
    const span = kernel.spans[at];
    if (span !== undefined) return span;
  }
  return anySpan(kernel);
}

function anySpan(kernel: KernelText): Span | undefined {
  return kernel.spans.find((span) => span !== undefined);
}
