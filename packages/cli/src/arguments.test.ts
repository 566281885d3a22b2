import { describe, expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

describe("arguments", () => {
  test("[A1] run takes one file and its options in any order", () => {
    expect(parseArguments(["run", "--json", "a.nb.md", "--timeout", "5"])).toEqual({
      name: "run",
      file: "a.nb.md",
      json: true,
      interpreter: false,
      software: false,
      timeout: 5,
      headed: false,
    });
    expect(parseArguments(["run", "--timeout=7", "b.nb.md"])).toMatchObject({ timeout: 7, file: "b.nb.md" });
  });
  test("[A2] serve has a port; nothing or help shows help", () => {
    expect(parseArguments(["serve", "--port", "80"])).toMatchObject({ name: "serve", port: 80, lan: false });
    expect(parseArguments([])).toEqual({ name: "help" });
    expect(parseArguments(["run", "--help"])).toEqual({ name: "help" });
  });
  test.each([
    [["fly"]],
    [["run"]],
    [["run", "a", "b"]],
    [["run", "a", "--fast"]],
    [["serve", "x"]],
    [["serve", "--port", "x"]],
    [["serve", "--lan", "--cert", "c.pem"]],
  ])("[A3] wrong usage %j is a fault that says so", (words) => {
    expect(() => parseArguments(words)).toThrow(expect.objectContaining({ code: "cli/usage" }));
  });
});
