import { describe, expect, test } from "vitest";
import type { Statement } from "./thread/ir.ts";
import { registerPressure } from "./pressure.ts";
import {
  add,
  define,
  float,
  int,
  loop,
  name,
  output,
  registers,
  set,
  threads,
  when,
} from "./testing/threads.ts";

function arm(own: string): readonly Statement[] {
  return [define(own, int(1)), set("y", add(name(own), name("tid")), int(0))];
}

describe("values that a thread holds at once", () => {
  test("[RP1] those still wanted, not those that were", () => {
    const chain = threads(
      [output("y")],
      define("a", int(1)),
      define("b", add(name("a"), int(2))),
      define("c", add(name("b"), int(3))),
      set("y", name("c"), int(0)),
    );
    expect(registerPressure(chain)).toBe(1);
    const together = threads(
      [output("y")],
      define("a", int(1)),
      define("b", int(2)),
      define("c", int(3)),
      set("y", add(name("a"), add(name("b"), name("c"))), int(0)),
    );
    expect(registerPressure(together)).toBe(3);
  });

  test("[RP2] what a loop reads from outside stays to its end, with the index and its memories", () => {
    const kernel = threads(
      [output("y"), registers("r", 4)],
      define("a", int(1)),
      loop(
        "i",
        int(4),
        set("r", float(1), add(name("a"), name("i"))),
        define("b", int(5)),
        set("y", name("b"), int(0)),
      ),
      set("y", float(0), int(1)),
    );
    expect(registerPressure(kernel)).toBe(4 + 3);
  });

  test("[RP3] arms do not add up, and numbers of the launch are not counted", () => {
    const both = { ...when(name("tid"), false, ...arm("a")), whenFalse: arm("b") } as Statement;
    const kernel = threads([output("y")], both);
    expect(registerPressure(kernel)).toBe(1);
  });
  test("[RP4] two halves of a vector share a register, a single one has its own", () => {
    const [wide, narrow] = ([4, 1] as const).map((width) =>
      threads([{ ...registers("r"), type: { scalar: "f16", width } }]),
    );
    expect([wide, narrow].map((kernel) => kernel && registerPressure(kernel))).toEqual([2, 1]);
  });
});
