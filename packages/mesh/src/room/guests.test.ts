import { decode } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { Guests } from "./guests.ts";
import { aGuestWord } from "./words.ts";

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

  test("[RG3] a name is one line of what one can see: nothing in it turns the text around it", () => {
    const said = { kind: "hello", hello: { protocol: 2, key: "k", nonce: "n" }, page: "p" };
    const names = ["Ada", "a\u202eb\u0000c\nd\u200be", "\u{1f469}\u200d\u{1f52c} Łódź", "\ud800"].map(
      (name) => {
        const word = decode(aGuestWord, { ...said, name });
        return word.kind === "hello" ? word.name : undefined;
      },
    );
    expect(names).toEqual(["Ada", "a b c d e", "\u{1f469}\u200d\u{1f52c} Łódź", " "]);
    expect(() => decode(aGuestWord, { ...said, name: "x".repeat(61) })).toThrow(/at most 60/u);
  });
  test("[RG4] of those who have been in, the latest are known: whoever makes up keys does not fill the list", () => {
    const guests = new Guests(open);
    for (let number = 0; number < 3_000; number++) {
      guests.knock(compute(`g${number}`), "x");
      guests.leave(`g${number}`);
    }
    expect(guests.kept.known).toHaveLength(2_000);
    guests.policy = { ...open, autoAdmit: false };
    expect(guests.knock(compute("g2999"), "x")).toMatchObject({ id: "g2999" });
    expect(guests.knock(compute("g1"), "x")).toBe("waiting");
  });
});
