import { describe, expect, test } from "vitest";
import { Guests } from "./guests.ts";

const open = { autoAdmit: true, locked: false, cap: 9 };
const compute = (id: string) => ({ id, role: "compute" as const });

describe("names of guests", () => {
  test("[RG1] those who are called alike are told apart, and keep their name when they come back", () => {
    const guests = new Guests(open);
    for (const id of ["a", "b", "c"]) guests.knock(compute(id), "Linux computer");
    guests.leave("b");
    guests.knock(compute("d"), "linux computer");
    guests.knock(compute("a"), "Linux computer");
    expect(guests.members.map(({ id, name }) => `${id} ${name}`)).toEqual([
      "a Linux computer",
      "c Linux computer 3",
      "d linux computer 2",
    ]);
  });
  test("[RG2] nobody is called as the host's device, or not at all, and no name grows too long", () => {
    const guests = new Guests({ ...open, autoAdmit: false });
    guests.knock(compute("a"), "This device");
    guests.knock(compute("b"), "  ");
    for (const id of ["c", "d"]) guests.knock(compute(id), "x".repeat(60));
    expect(guests.waiting.map(({ name }) => name)).toEqual([
      "This device 2",
      "guest",
      "x".repeat(60),
      `${"x".repeat(56)} 2`,
    ]);
  });
});
