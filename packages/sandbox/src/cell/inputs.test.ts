import { Fault } from "@tilebook/base";
import { expect, test } from "vitest";
import { Inputs } from "./inputs.ts";

/** The fault that `act` ends in, in a line, or what it gives. */
function faultOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.message}; ${error.hint}` : String(error);
  }
}

test("[I1] controls with wrong arguments say how they are written", () => {
  const { slider, select, file } = new Inputs({}, () => undefined);
  expect(faultOf(() => slider("a", undefined as never))).toBe(
    'input/options: slider takes its options as an object; for example slider("tau", { min: 1, max: 100, value: 80 })',
  );
  expect(faultOf(() => slider("b", 0 as never))).toMatch(/^input\/options: slider takes/);
  expect(faultOf(() => slider("c", { min: 0, maximum: 1 } as never))).toMatch(
    /"maximum"; its options: min, max/,
  );
  expect(faultOf(() => slider({ min: 0, max: 1 } as never, undefined as never))).toMatch(/a label first/);
  expect(faultOf(() => select("d", "box" as never))).toMatch(
    /^input\/options: select takes its options as a list/,
  );
  expect(faultOf(() => select("e", []))).toMatch(/at least one/);
  expect(faultOf(() => file("f", null as never))).toMatch(/^input\/options: fileInput takes/);
  expect(faultOf(() => slider("g", { min: 0, max: 4 }))).toBe("0");
});
