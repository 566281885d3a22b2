import { Fault, type Span } from "@tilebook/base";

interface Token {
  readonly text: string;
  readonly start: number;
}

/** A value's name as written: %12 or %label.12. */
export interface ReadName {
  readonly value: number;
  readonly label: string | undefined;
}

const pattern = /"(?:[^"\\]|\\.)*"|%[^\s()[\]{}<>,:=%]+|[()[\]{}<>,:=]|[^\s()[\]{}<>,:=%]+|%/gu;

/** Longest text we read: 4 Mi characters. */
const maxText = 2 ** 22;

/** The words of a text, one after the other. Everything that does not fit throws a Fault `text/syntax` on its word. */
export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #source: string;
  readonly #end: number;
  #at = 0;

  constructor(text: string, source: string) {
    if (text.length > maxText)
      throw new Fault("text/syntax", `the text is longer than ${maxText} characters`);
    this.#source = source;
    this.#end = text.length;
    this.#tokens = Array.from(text.matchAll(pattern), (match) => ({ text: match[0], start: match.index }));
  }

  peek(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.fault("the text ends too early");
    this.#at += 1;
    return token.text;
  }

  /** Takes the word if it stands here. */
  take(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#at += 1;
    return true;
  }

  /** Takes two words if both stand here, one after the other. */
  takePair(first: string, second: string): boolean {
    if (this.peek() !== first || this.#tokens[this.#at + 1]?.text !== second) return false;
    this.#at += 2;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw this.fault(`expected ${word}, not ${this.peek() ?? "the end of the text"}`);
  }

  /** One or more items with commas between them. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(",")) items.push(item());
    return items;
  }

  name(): ReadName {
    const text = this.peek() ?? "";
    const match = /^%(?:(.*)\.)?(\d{1,15})$/u.exec(text);
    if (match === null) throw this.fault(`expected a value such as %3 or %x.3, not ${text}`);
    this.#at += 1;
    return { value: Number(match[2]), label: match[1] };
  }

  /** A word that `read` understands. */
  word<T>(what: string, read: (text: string) => T | undefined): T {
    const text = this.peek() ?? "the end of the text";
    const value = read(text);
    if (value === undefined) throw this.fault(`expected ${what}, not ${text}`);
    this.#at += 1;
    return value;
  }

  /** A text in quotes, as JSON writes it. */
  quoted(): string {
    return this.word("a text in quotes", (text) => {
      try {
        const value: unknown = JSON.parse(text);
        return typeof value === "string" ? value : undefined;
      } catch {
        return undefined;
      }
    });
  }

  integer(): number {
    return this.word("a whole number", (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined));
  }

  /** Where the next word stands, for `spanFrom`. */
  mark(): number {
    return this.#tokens[this.#at]?.start ?? this.#end;
  }

  /** From a mark to the end of the last word taken. */
  spanFrom(start: number): Span {
    const last = this.#tokens[this.#at - 1];
    return { source: this.#source, start, end: last === undefined ? start : last.start + last.text.length };
  }

  fault(message: string): Fault {
    const token = this.#tokens[this.#at];
    const start = token?.start ?? this.#end;
    const span = { source: this.#source, start, end: start + (token?.text.length ?? 0) };
    return new Fault("text/syntax", message, { span });
  }
}
