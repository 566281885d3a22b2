import { expect, test } from "vitest";
import { lower } from "../cell/lower.ts";
import { racesAtLaunch } from "./launch-races.ts";

const step = lower(
  {
    source: "k",
    text: `const step = kernel((y: Ptr, gap: i32) => {
  store(y + programId(0) * gap + arange(16), zeros([16]));
});`,
    kernel: "k0",
  },
  {},
  {},
);

function at(programs: number, gap: number): readonly string[] {
  return racesAtLaunch(step, { grid: [programs, 1, 1], scalars: [gap] }).map(({ code, message }) => {
    expect(code).toBe("kernel/race");
    return message;
  });
}

test("[R1] programs that write the same elements are told at launch, with its numbers", () => {
  expect(at(4, 16)).toEqual([]);
  expect(at(1, 8)).toEqual([]);
  expect(at(4, 8)).toEqual([expect.stringContaining("8 apart, but each writes 16")]);
  // The answer for one launch is not the answer for another.
  expect(at(4, 16)).toEqual([]);
});
