import { createNotebooks, parse } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { contentsOf } from "./contents.ts";

const nothing = {
  defines: [],
  captured: [],
  uses: [],
  kernels: [],
  usesAwait: false,
  showsResult: false,
  code: "",
  edits: [],
  faults: [],
};

function contents(text: string): string[] {
  const notebook = createNotebooks({ analyze: () => nothing }).open(parse(text));
  return contentsOf(notebook).map(
    (entry) => `${entry.depth} ${entry.text}${entry.status === undefined ? "" : ` (${entry.status})`}`,
  );
}

describe("contents", () => {
  test("[N1] cells stand one level below the heading before them", () => {
    expect(contents("# One\n\n## Two\n\n```ts {#a}\n1\n```\n\n# Three\n")).toEqual([
      "1 One",
      "2 Two",
      "3 a (never)",
      "1 Three",
    ]);
  });
  test("[N2] a # in a code block of the text is no heading", () => {
    expect(contents("# One\n\n```sh\n# not this\n```\n")).toEqual(["1 One"]);
  });
});
