import { describe, expect, test } from "vitest";
import {
  add,
  bodyLines,
  define,
  float,
  int,
  loop,
  memoryLines,
  name,
  output,
  read,
  registers,
  set,
  threads,
  when,
} from "../testing/threads.ts";
import type { Memory, Statement, ThreadKernel } from "./ir.ts";
import { readAhead } from "./read-ahead.ts";

const input = (text: string): Memory => ({ ...output(text), space: "read" });

/** A kernel that asks for it, with buffers x and y, a register s, and these statements. */
function asking(...body: readonly Statement[]): ThreadKernel {
  return { ...threads([input("x"), output("y"), registers("s")], ...body), ahead: true };
}

const sums = (index: Statement, from: string): Statement =>
  loop(
    "i",
    name("n"),
    index,
    define("a_1", read(from, name("at_0"))),
    set("s", add(read("s"), add(name("a_1"), float(2), "mul"))),
  );

describe("read a turn ahead", () => {
  test("[RA1] a turn takes what the one before has read, and reads for the next; the last reads its own again", () => {
    const result = readAhead(asking(sums(define("at_0", add(name("i"), name("tid"))), "x")));
    expect(bodyLines(result)).toEqual([
      "i_first = 0",
      "at_0_first = add(i_first, tid)",
      "a_1_ahead := x[at_0_first]",
      "for i in 0 .. n by 1",
      "  a_1 = a_1_ahead",
      "  i_next = select(lt(add(i, 1), n), add(i, 1), i)",
      "  at_0_next = add(i_next, tid)",
      "  a_1_ahead := x[at_0_next]",
      "  at_0 = add(i, tid)",
      "  s := add(s, mul(a_1, 2))",
    ]);
    expect(memoryLines(result).at(-1)).toContain("a_1_ahead");
  });

  test.each([
    ["the kernel does not ask for it", { ...asking(sums(define("at_0", name("i")), "x")), ahead: undefined }],
    ["the buffer is written, too", asking(sums(define("at_0", name("i")), "y"))],
    ["the place was read", asking(sums(define("at_0", read("y", name("i"))), "x"))],
    ["the place changes from turn to turn", asking(sums(define("at_0", read("s")), "x"))],
    [
      "only some turns read",
      asking(
        loop(
          "i",
          name("n"),
          when(name("c"), true, define("a_1", read("x", name("i"))), set("s", name("a_1"))),
        ),
      ),
    ],
  ])("[RA2] nothing is read ahead where %s", (_, kernel) => {
    const { ahead: _asked, ...rest } = kernel;
    const given: ThreadKernel = kernel.ahead === true ? { ...rest, ahead: true } : rest;
    expect(bodyLines(readAhead(given))).toEqual(bodyLines(given));
    expect(memoryLines(readAhead(given))).toEqual(memoryLines(given));
  });

  test("[RA3] of what depends on another read only that one is ahead; inner loops look ahead, too", () => {
    const inner = loop(
      "j",
      int(4),
      define("b_2", read("x", add(name("i"), name("j")))),
      set("s", name("b_2")),
    );
    const body = [
      define("a_1", read("x", name("i"))),
      define("c_3", read("x", name("a_1"))),
      set("s", name("c_3")),
    ];
    const result = readAhead(asking(loop("i", name("n"), ...body, inner)));
    expect(memoryLines(result).filter((line) => line.includes("_ahead"))).toHaveLength(2);
    const lines = bodyLines(result).map((line) => line.trim());
    expect(lines).toContain("c_3 = x[a_1]");
    expect(lines).toContain("b_2_ahead := x[add(i, j_first)]");
  });
});
