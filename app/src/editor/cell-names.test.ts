import { describe, expect, test } from "vitest";
import { declarationsOf, namesText, type Parser } from "./cell-names.ts";

/** Monaco's own copy of TypeScript, which has no types. */
const services = "monaco-editor/languages/features/typescript/lib/typescriptServices.js";
const { typescript } = (await import(/* @vite-ignore */ services)) as { readonly typescript: Parser };

const names = (values: string[], types: string[] = []) => ({ values, types, starts: {} });

describe("names of cells for the TypeScript service", () => {
  test("[E1] every way to declare a name is found, patterns too", () => {
    const text = "const a = 1, { b, c: [d, ...e] } = x;\nfunction f() {}\nclass G {}\nenum H {}\nlet i;";
    expect(declarationsOf(typescript, text).values).toEqual(["a", "b", "d", "e", "f", "G", "H", "i"]);
  });
  test("[E2] types are told from values; generic ones are left out, since an alias cannot pass their parameters on", () => {
    const { values, types } = declarationsOf(
      typescript,
      "type A = 1;\ninterface B {}\ntype C<T> = T;\nconst v = 1;",
    );
    expect([values, types]).toEqual([["v"], ["A", "B"]]);
  });
  test("[E3] inner names are not the cell's", () => {
    expect(
      declarationsOf(
        typescript,
        "{ const a = 1; }\nfor (const b of []) {}\nconst c = () => { const d = 1; };",
      ).values,
    ).toEqual(["c"]);
  });
  test("[E4] a text that is half written still gives its names, and where they stand", () => {
    const { values, starts } = declarationsOf(typescript, "const tau = 80;\ntau.");
    expect([values, starts]).toEqual([["tau"], { tau: 6 }]);
  });
  test("[E5] of two cells that define a name the first one has it", () => {
    expect(
      namesText([
        ["file:///cell-a.ts", names(["x"], ["T"])],
        ["file:///cell-b.ts", names(["x", "y"])],
      ]),
    ).toBe(
      [
        'declare const x: Awaited<typeof import("./cell-a").x>;',
        'declare type T = import("./cell-a").T;',
        'declare const y: Awaited<typeof import("./cell-b").y>;',
        "",
      ].join("\n"),
    );
  });
});
