import { Fault, type Span } from "@tilebook/base";
import { type Source, spanIn, type Token } from "./lexer.ts";
import type { Attribute, Range } from "./tree.ts";

/** Deeper nesting of blocks and brackets is refused: compilers recurse over it. */
export const mostNesting = 32;

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const closing: readonly string[] = Object.values(closers);

/** Walks over tokens. Whatever is not as expected is a Fault `admission/syntax` at its place. */
export class Reader {
  readonly source: Source;
  readonly tokens: readonly Token[];
  at = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.tokens = tokens;
  }

  get ended(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The text of the next token, "" at the end. */
  get next(): string {
    return this.tokens[this.at]?.text ?? "";
  }

  /** Takes the next token if it is `text`. */
  takes(text: string): boolean {
    if (this.next !== text) return false;
    this.at += 1;
    return true;
  }

  /** Takes a token that must be `text`; returns its index. */
  expect(text: string): number {
    if (!this.takes(text)) throw this.fault(`expected ${text}`);
    return this.at - 1;
  }

  /** Takes a name; returns its index. */
  name(): number {
    if (this.tokens[this.at]?.kind !== "name") throw this.fault("expected a name");
    this.at += 1;
    return this.at - 1;
  }

  /** Takes all tokens up to the first of `ends` outside brackets. With `templates`, `<` and `>` are brackets too. */
  until(ends: readonly string[], templates = false): Range {
    const from = this.at;
    const open: string[] = [];
    for (; !this.ended; this.at++) {
      if (open.length === 0 && ends.includes(this.next)) return { from, to: this.at };
      this.#bracket(open, templates);
      if (open.length > mostNesting) throw this.tooDeep(this.at);
    }
    throw this.fault(`expected ${ends[0]}`);
  }

  /** `open` holds what closes the brackets we are in. */
  #bracket(open: string[], templates: boolean): void {
    const text = this.next;
    const closer = templates && text === "<" ? ">" : closers[text];
    if (closer !== undefined) open.push(closer);
    else if (text === open.at(-1)) open.pop();
    else if (closing.includes(text)) throw this.fault(`unexpected ${text}`);
  }

  attributes(): readonly Attribute[] {
    const list: Attribute[] = [];
    while (this.takes("@")) {
      const name = this.tokens[this.name()]?.text ?? "";
      let range: Range = { from: this.at, to: this.at };
      if (this.takes("(")) {
        range = this.until([")"]);
        this.expect(")");
      }
      list.push({ name, arguments: range });
    }
    return list;
  }

  fault(what: string): Fault {
    const seen = this.next;
    const message = seen === "" ? `${what}, but the text ends` : `${what}, not ${seen}`;
    return new Fault("admission/syntax", message, { span: this.span(this.at) });
  }

  tooDeep(index: number): Fault {
    return new Fault("admission/too-deep", `this is nested more than ${mostNesting} levels deep`, {
      span: this.span(index),
      hint: "move the inner part into a function",
    });
  }

  /** The span of a token, or of the text's end. */
  span(index: number): Span {
    const token = this.tokens[index];
    const end = this.source.text.length;
    return spanIn(this.source, token?.start ?? end, token?.end ?? end);
  }
}
