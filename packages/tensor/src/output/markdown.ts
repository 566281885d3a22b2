import { Fault } from "@tilebook/base";
import type { Branded } from "./brand.ts";
import { sayNumber } from "./say.ts";

export interface MarkdownOutput extends Branded {
  readonly kind: "markdown";
  readonly text: string;
}

/** A template of Markdown with KaTeX: md`error $\epsilon$ = ${e}`. Backslashes stand for themselves, but for those that a template needs before \` and ${. */
export function md(strings: TemplateStringsArray, ...values: readonly unknown[]): MarkdownOutput {
  if (!Array.isArray((strings as Partial<TemplateStringsArray> | undefined)?.raw)) {
    throw new Fault("output/md", "md stands in front of a template, without parentheses", {
      hint: "write md`text ${value}`; a text of yours: md`${text}`",
    });
  }
  const parts = strings.raw.map((part) => part.replaceAll(/\\(?=`|\$\{)/g, ""));
  const text = parts.map((part, at) => part + (at < values.length ? say(values[at]) : "")).join("");
  return { $output: true, kind: "markdown", text };
}

function say(value: unknown): string {
  return typeof value === "number" ? sayNumber(value) : String(value);
}
