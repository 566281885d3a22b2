import { describe, expect, test } from "vitest";
import { analyzeCell } from "../analyze.ts";
import { knownConstants } from "../constants.ts";
import { flashAttention, layernorm, matmul, softmax, vectorAdd } from "../testing/kernels.ts";
import { checkKernels, type KernelCheck, kernelFixes, kernelTypes } from "./check.ts";
import { kernelHover } from "./hover.ts";

/** A cell on its own; `others` are names that other cells define, with values nobody knows yet. */
function checkOf(text: string, others: readonly string[] = []): KernelCheck {
  const analysis = analyzeCell({ id: "cell", text }, { globals: new Set(["kernel"]) });
  const defined = new Set([...analysis.defines.map(({ name }) => name), ...others]);
  return { source: "cell", text, analysis, constants: knownConstants([{ id: "cell", text }]), defined };
}

/** "error kernel/size: arange(48)", one for each diagnostic. */
function said(text: string, others: readonly string[] = []): readonly string[] {
  const check = checkOf(text, others);
  expect(check.analysis.kernels).not.toEqual([]);
  return checkKernels(check).map(
    ({ fault: { code, span }, severity }) => `${severity} ${code}: ${text.slice(span?.start, span?.end)}`,
  );
}

function kernel(params: string, ...lines: readonly string[]): string {
  return `const f = kernel((${params}) => {\n${lines.join("\n")}\n});`;
}

/** What a hover says at the first place where `word` stands. */
function hovered(text: string, word: string, others: readonly string[] = []): readonly string[] {
  const hover = kernelHover(checkOf(text, others), text.indexOf(word));
  return [...(hover?.code ?? []), ...(hover?.says ?? [])];
}

const captured = {
  BLOCK: 16,
  BLOCKS: [16, 16, 16],
  EPSILON: 1e-5,
  BM: 16,
  BN: 16,
  BK: 16,
  BQ: 16,
  D: 16,
  causal: true,
};

const at = "const at = programId(0) * 64 + arange(64);";

describe("several faults", () => {
  test("[D4] each statement that stands alone is looked at; what follows from a fault is not told again", () => {
    const text = kernel(
      "x: Ptr, n: i32",
      "const half = n / 2;",
      "store(x + half, 1);",
      "const t = arange(48);",
    );
    expect(said(text)).toEqual(["error kernel/integer-division: n / 2", "error kernel/size: arange(48)"]);
  });

  test("[D5] an error in one kernel or parameter does not hide those of another", () => {
    const text = `${kernel("x, n: number", "store(x, n);")}\n${kernel("y: Ptr", "store(y, z);").replace("f =", "g =")}`;
    expect(said(text)).toEqual([
      "error kernel/parameter: x",
      "error kernel/parameter: number",
      "error kernel/unknown-name: z",
    ]);
  });

  test("[D6] warnings stand beside errors", () => {
    const text = kernel("x: Ptr, n: i32", at, "store(x + at, 1);", "const half = n / 2;");
    expect(said(text)).toEqual([
      "warning kernel/unguarded: store(x + at, 1)",
      "error kernel/integer-division: n / 2",
    ]);
  });

  test("[D7] a fault in a helper is lost to all who call it, once", () => {
    const text = `const bad = (v: Tile) => v / 2;\n${kernel("x: Ptr, n: i32", "const a = bad(n);", "store(x, a);", "store(x, nope);")}`;
    expect(said(text)).toEqual(["error kernel/integer-division: v / 2", "error kernel/unknown-name: nope"]);
  });
});

describe("warnings", () => {
  test("[D8] the kernels of the gallery have none", () => {
    for (const text of [vectorAdd, softmax, layernorm, matmul, flashAttention]) {
      const check = checkOf(text, Object.keys(captured));
      expect(check.analysis.kernels).toHaveLength(1);
      const found = checkKernels({ ...check, constants: { ...check.constants, ...captured } });
      expect(found.map(({ fault }) => fault)).toEqual([]);
    }
  });

  test("[D9] overlapping blocks say how far they are apart", () => {
    const text = kernel(
      "x: Ptr, n: i32",
      "const at = programId(0) * 32 + arange(64);",
      "store(x + at, 1, at < n);",
    );
    const [race] = checkKernels(checkOf(text));
    expect(race?.fault).toMatchObject({ code: "kernel/race" });
    expect(race?.fault.message).toContain("they are 32 apart, but each writes 64");
  });

  test.each([
    [
      "a mask on the load only",
      "x: Ptr, n: i32",
      [at, "const v = load(x + at, at < n);", "store(x + at, v);"],
    ],
    [
      "a size that nothing is compared with",
      "x: Ptr, n: i32",
      ["const row = programId(0) * n;", "const v = load(x + row + arange(64));", "store(x + row, sum(v));"],
    ],
    [
      "a row of a table",
      "x: Ptr, y: Ptr, n: i32",
      [
        "const rows = programId(0) * 16 + arange(16);",
        "const v = load(x + rows, rows < n);",
        "store(y + expand(rows, 1) * n + arange(16), expand(v, 1));",
      ],
    ],
    ["a pointer beside a view", 'x: View<"f32", ["N"]>, y: Ptr', [at, "store(y + at, load(x, [at]));"]],
    [
      "a row, masked when it is loaded",
      "x: Ptr, y: Ptr, n: i32, rows: i32",
      ["const place = programId(0) * n + arange(64);", "store(y + place, load(x + place, arange(64) < n));"],
    ],
    [
      "a turn of a loop, masked elsewhere",
      "x: Ptr, y: Ptr, n: i32",
      [
        "let total = zeros([16]);",
        "for (let j = 0; j < cdiv(n, 16); j++) {",
        "  const at = j * 16 + arange(16);",
        "  total += load(x + at, at < n) * load(y + at);",
        "}",
        "store(y, sum(total));",
      ],
    ],
    [
      "a block of a loop",
      "x: Ptr, y: Ptr, n: i32",
      [
        "let total = zeros([16]);",
        "for (const j of range(0, n, 16)) total += load(x + j + arange(16));",
        "store(y, sum(total));",
      ],
    ],
  ])("[D22] a forgotten mask: %s", (_, params, lines) => {
    expect(said(kernel(params, ...lines))).toEqual([expect.stringMatching(/^warning kernel\/unguarded/)]);
  });

  test.each([
    ["a block a program, and no size", "x: Ptr, seed: u32", [at, "store(x + at, rand(seed, at));"]],
    [
      "a row a program, beside a block with a mask",
      'x: Ptr, parts: Ptr<"i32">, n: i32',
      [
        at,
        'const own = histogram(load(x + at, at < n).to("i32"), 16);',
        "store(parts + programId(0) * 16 + arange(16), own);",
      ],
    ],
    [
      "whole rows of two halves",
      "x: Ptr, y: Ptr, seqlen: i32",
      [
        "const place = (programId(1) * seqlen + programId(0)) * 32 + arange(16);",
        "store(y + place, load(x + place + 16));",
      ],
    ],
    [
      "a row a turn",
      "x: Ptr, y: Ptr, length: i32, n: i32",
      [
        at,
        "let total = zeros([64, 4]);",
        "for (let t = 0; t < length; t++) total += load(x + t * 4 + arange(4)) * expand(load(y + at, at < n), 1);",
        "store(y + at, sum(total, 1), at < n);",
      ],
    ],
    [
      "rows with a stride",
      "x: Ptr, y: Ptr, stride: i32",
      ["store(y + programId(0), sum(load(x + programId(0) * stride + arange(64))));"],
    ],
    [
      "rows that a program walks",
      "x: Ptr, y: Ptr, n: i32",
      ["for (const row of range(programId(0), n, numPrograms(0))) store(y + row, load(x + row));"],
    ],
  ])("[D23] nothing to warn of: %s", (_, params, lines) => {
    expect(said(kernel(params, ...lines))).toEqual([]);
  });

  test("[D24] a division by // is a comment", () => {
    const text = kernel("x: Ptr, n: i32", "const row = programId(0) // n;", "store(x + row, 1); // done;");
    expect(said(text)).toEqual(["warning kernel/integer-division: // n;"]);
  });

  test("[D10] a view masks by itself", () => {
    const text = kernel('x: View<"f32", ["N"]>', at, "store(x, [at], load(x, [at]) + 1);");
    expect(said(text)).toEqual([]);
  });
});

/** What the checker shows of each diagnostic. */
function shown(text: string, others: readonly string[] = []): readonly object[] {
  return checkKernels(checkOf(text, others)).map(({ fault: { message, hint }, severity }) => ({
    severity,
    message,
    hint,
  }));
}

describe("staticPrint", () => {
  test("[D18] says on its line what constants are, and the types of tiles", () => {
    const text = `const BM = 32;\n${kernel("x: Ptr", 'staticPrint("BM", BM, x, [BM, 2]);', "let v = 0;", "for (const k of range(3)) { v += load(x + k); staticPrint(v); }", "store(x, v);")}`;
    expect(shown(text)).toEqual([
      { severity: "note", message: "BM 32 a pointer to f32 [32, 2]", hint: undefined },
      { severity: "note", message: "f32", hint: undefined },
    ]);
  });

  test("[D19] a loop that is written out says a line a turn; what only a launch knows is said to be a guess", () => {
    const text = kernel("x: Ptr", "for (const k of staticRange(20)) staticPrint(k * N);", "store(x, N);");
    const turns = Array.from({ length: 16 }, (_, turn) => turn * 16);
    const message = [...turns, "and 4 more lines"].join("\n");
    const hint = "what only a launch knows is taken as 16 here";
    expect(shown(text, ["N"])).toEqual([{ severity: "note", message, hint }]);
  });
});

describe("values that only a run knows", () => {
  test("[D11] captured sizes are tried with several; only what is wrong with all is told", () => {
    const fine = kernel(
      "x: Ptr, n: i32",
      "const at = programId(0) * SIZE + arange(SIZE);",
      "store(x + at, 1, at < n);",
    );
    expect(said(fine, ["SIZE"])).toEqual([]);
    const fits16 = kernel("x: Ptr", "store(x + arange(SIZE), zeros([16]));");
    expect(said(fits16, ["SIZE"])).toEqual([]);
    const wrong = kernel("x: Ptr, n: i32", "store(x + arange(SIZE), n / 2);");
    expect(said(wrong, ["SIZE"])).toEqual(["error kernel/integer-division: n / 2"]);
  });

  test("[D12] lists, records and tensors are known by their use; Const parameters are sizes", () => {
    const uses = [
      kernel("x: Ptr", "const [a, b] = SIZES;", "store(x + arange(a), zeros([a]));"),
      kernel("x: Ptr", "store(x + arange(CONFIG.rows), CONFIG.scale);"),
      kernel("x: Ptr", "store(x, load(TABLE, [0, 1]));"),
      kernel("x: Ptr, B: Const", "store(x + arange(B), zeros([B]));"),
    ];
    for (const text of uses) expect(said(text, ["SIZES", "CONFIG", "TABLE"])).toEqual([]);
  });

  test("[D13] a hover says that a value is guessed", () => {
    const text = kernel("x: Ptr, B: Const", "store(x + arange(B), zeros([B]));");
    expect(hovered(text, "B),")).toEqual([
      "B: the number 16",
      "its value is known when the kernel is launched; checked as if it were 16",
    ]);
  });
});

describe("hovers and hints", () => {
  const text = kernel(
    "x: Ptr, n: i32",
    at,
    "const value = load(x + at, at < n);",
    "let total = 0.5;",
    "for (const j of range(n)) total += sum(value, 0);",
    "const wrong = n / 2;",
  );

  test("[D14] of names: type, per element or uniform, range, and whether programs differ", () => {
    expect(hovered(text, "value")).toEqual([
      "value: f32[64]",
      "per element: 64 values",
      "differs between programs along axis 0",
    ]);
    expect(hovered(text, "n: i32")).toEqual([
      "n: i32",
      "uniform: one value for the whole program",
      "the same in every program",
    ]);
    expect(hovered(text, "nothing")).toEqual([]);
  });

  test("[D15] of tile functions: how they are called, an example, and what comes out here", () => {
    const lines = hovered(text, "arange");
    expect(lines[0]).toMatch(/^arange\(end: number\)/);
    expect(lines.join("\n")).toContain("const lanes = arange(64)");
    expect(lines.at(-1)).toContain("here: i32[64]");
    expect(lines.at(-1)).toContain("from 0 to 63");
    expect(hovered(text, "load(").at(-1)).toContain("masked");
  });

  test("[D16] hints go on behind a fault and know what a loop carries", () => {
    const hints = kernelTypes(checkOf(text)).map(({ name, type }) => `${name}: ${type}`);
    expect(hints).toContain("total: f32");
    expect(hints).toContain("value: f32[64]");
  });
});

describe("fixes for faults of runs", () => {
  test("[D17] a fault that only a run found has its fix too; one of another cell has none", () => {
    const text = kernel("x: Ptr", "const v = load(x) + SIZE / COUNT;", "store(x, v);");
    const start = text.indexOf("SIZE");
    const span = { source: "cell", start, end: start + "SIZE / COUNT".length };
    const fault = { code: "kernel/integer-division", message: "", span };
    const check = checkOf(text, ["SIZE", "COUNT"]);
    expect(kernelFixes(check, fault)[0]?.title).toBe("the whole part: idiv(SIZE, COUNT)");
    expect(kernelFixes(check, { ...fault, span: { ...span, source: "other" } })).toEqual([]);
  });
});
