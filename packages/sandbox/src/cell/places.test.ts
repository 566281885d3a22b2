import { analyzeCell } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { Places } from "./places.ts";

const helpers = { $tick: () => undefined, $show: (value: unknown) => value };

/** Runs a cell's text as the cell worker does, and gives the piece of text that its error points to. */
async function blamed(
  text: string,
  names: Readonly<Record<string, unknown>> = {},
): Promise<string | undefined> {
  const places = new Places();
  const { code, edits, faults } = analyzeCell({ id: "c", text }, { globals: new Set(Object.keys(names)) });
  expect(faults).toEqual([]);
  const all = { ...helpers, ...names };
  // oxlint-disable-next-line no-eval -- what the cell worker does
  const make = (0, eval)(places.script({ cell: "c", text, code, edits }, Object.keys(all))) as (
    names: object,
  ) => () => Promise<object>;
  try {
    await make(all)();
  } catch (error) {
    const span = places.find((error as Error).stack ?? "");
    return span === undefined ? undefined : text.slice(span.start, span.end);
  }
  throw new Error("the cell was meant to fail");
}

function refuse(): never {
  throw new Error("no");
}

describe("places of errors", () => {
  test("[E1] on the first line", async () => expect(await blamed("null.first")).toBe("first"));

  test("[E2] behind erased types, on a later line", async () =>
    expect(
      await blamed("interface A { x: number }\nconst a: A = { x: 1 } as A;\n(a.x as any).second()"),
    ).toBe("second"));

  test("[E3] in a loop, where checks were put in", async () =>
    expect(await blamed("for (let i: number = 0; i < 3; i++) {\n  if (i === 2) missing;\n}")).toBe(
      "missing",
    ));

  test("[E4] in a function, after an await", async () =>
    expect(
      await blamed("async function f(): Promise<void> {\n  await null;\n  third();\n}\nawait f();"),
    ).toBe("third"));

  test("[E5] thrown by us: the place that called us", async () => {
    expect(await blamed("const a = 1;\ncheck(a)", { check: refuse })).toBe("check");
  });
});
