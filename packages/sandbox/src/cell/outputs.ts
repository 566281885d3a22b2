import type { Output, TextOutput } from "@tilebook/notebook";
import { limits } from "../protocol/common.ts";
import { shorten } from "./inspect.ts";

/** Characters of console text that one run may show. */
const MOST_TEXT = 500_000;
/** Lines are gathered this long before they are sent. */
const GATHER_MS = 50;
/** Least time between two sendings of the same progress bar. */
const PROGRESS_MS = 80;

type Send = (index: number, output: Output) => void;

/**
 * The outputs of one run: numbers them, sends them in order, gathers console lines, slows progress down, and stops at
 * the limits.
 */
export class Outputs {
  readonly #send: Send;
  readonly #now: () => number;
  readonly #progress = new Map<string, { readonly index: number; sentAt: number }>();
  /** Places whose output is replaced: when one was sent there, and what waits. */
  readonly #live = new Map<number, { sentAt: number; next: Output | undefined }>();
  /** What is ready, but stands behind something that is not. */
  readonly #held = new Map<number, Output>();
  #next = 0;
  #sent = 0;
  #lines: string[] = [];
  #level: TextOutput["level"] = "log";
  #since = 0;
  #text = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: Send, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** Shows something; returns its place, with which it can be replaced. */
  add(output: Output): number {
    const index = this.reserve();
    this.put(index, output);
    return index;
  }

  /** The next place, for something that is not ready yet. What comes after it waits for it. */
  reserve(): number {
    this.#flushLines();
    return this.#reserve();
  }

  /** Puts an output in a place; in the place of the one that is there, if one is. */
  put(index: number, output: Output): void {
    if (index >= limits.outputs) return;
    if (index < this.#sent) return this.#send(index, output);
    this.#held.set(index, output);
    for (let next = this.#held.get(this.#sent); next !== undefined; next = this.#held.get(this.#sent)) {
      this.#held.delete(this.#sent);
      this.#send(this.#sent, next);
      this.#sent += 1;
    }
  }

  log(level: TextOutput["level"], text: string): void {
    if (this.#text > MOST_TEXT) return;
    if (level !== this.#level) this.#flushLines();
    this.#level = level;
    const line = shorten(text, 20_000);
    this.#text += line.length;
    if (this.#lines.length === 0) this.#since = this.#now();
    this.#lines.push(this.#text > MOST_TEXT ? "… more text than is shown" : line);
    // A busy loop never lets the timer run.
    if (this.#now() - this.#since > GATHER_MS || this.#lines.length >= 200) return this.#flushLines();
    this.#timer ??= setTimeout(() => this.#flushLines(), GATHER_MS);
  }

  progress(label: string, done: number, total: number): void {
    const bar = this.#progress.get(label);
    const output: Output = { kind: "progress", label: shorten(label, 1_000), done, total };
    if (bar === undefined) {
      this.#progress.set(label, { index: this.add(output), sentAt: this.#now() });
    } else if (done >= total || this.#now() - bar.sentAt >= PROGRESS_MS) {
      bar.sentAt = this.#now();
      this.put(bar.index, output);
    }
  }

  /** Replaces what is shown in a place, at most every 80 ms: of what comes faster, the last is shown. */
  replace(index: number, output: Output): void {
    const place = this.#live.get(index) ?? { sentAt: -Infinity, next: undefined };
    this.#live.set(index, place);
    place.next = output;
    if (this.#now() - place.sentAt >= PROGRESS_MS) this.#sendLive(index);
  }

  #sendLive(index: number): void {
    const place = this.#live.get(index);
    if (place?.next === undefined) return;
    this.put(index, place.next);
    place.sentAt = this.#now();
    place.next = undefined;
  }

  /** Sends what still waits: console lines, and the last of what was replaced faster than it is sent. */
  flush(): void {
    for (const index of this.#live.keys()) this.#sendLive(index);
    this.#flushLines();
  }

  #flushLines(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("\n");
    this.#lines = [];
    this.put(this.#reserve(), { kind: "text", level: this.#level, text });
  }

  #reserve(): number {
    const index = this.#next;
    if (index >= limits.outputs) return index;
    this.#next += 1;
    if (index < limits.outputs - 1) return index;
    this.put(index, { kind: "text", level: "warn", text: `… only ${limits.outputs} outputs are shown` });
    return limits.outputs;
  }
}
