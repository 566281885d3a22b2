import { Fault } from "@tilebook/base";
import * as fc from "fast-check";
import type { ValueTree } from "@tilebook/notebook";
import { decodeOutput } from "@tilebook/notebook";
import type { Tensor } from "@tilebook/tensor";
import { open } from "@tilebook/tensor/testing";
import { describe, expect, test } from "vitest";
import { inspect } from "./inspect.ts";
import { print } from "./print.ts";

const noTensor = (): undefined => undefined;
const seen = (value: unknown): ValueTree => inspect(value, noTensor);
const said = (value: unknown): string => print(value, noTensor);

const model = ({ tokens }: { readonly tokens: Tensor }): Tensor => tokens.cast("f32").expandDims(1);

describe("inspect", () => {
  test("[N1] values become trees that say what they are", () => {
    expect(said(1.5)).toBe("1.5");
    expect(said(-0)).toBe("-0");
    expect(said(12n)).toBe("12n");
    expect(said([1, "two", null, undefined, true])).toBe('[1, "two", null, undefined, true]');
    expect(said({ a: { b: [] } })).toBe("{ a: { b: [] } }");
    expect(said(new Map([["k", 1]]))).toBe("Map { k: 1 }");
    expect(said(new Set([1, 2]))).toBe("Set [1, 2]");
    expect(said(Float32Array.of(1, 2))).toBe("Float32Array [1, 2]");
    expect(said(Float32Array.of(0.1, -0, NaN))).toBe("Float32Array [0.1, -0, NaN]");
    expect(said(new Fault("a/b", "no", { hint: "yes" }))).toBe("a/b: no; yes");
    expect(said([Math.fround(0.1)])).toBe("[0.10000000149011612]");
    expect(said(new Float32Array(200))).toMatch(/0, … 100 more\]$/);
    expect(said(new Date(0))).toBe('Date { iso: "1970-01-01T00:00:00.000Z" }');
    expect(said(function f() {})).toBe("function f");
    expect(said(Object.create(null))).toBe("{}");
  });

  test("[N2] a class instance has its class's name", () => {
    class Point {
      x = 1;
    }
    expect(said(new Point())).toBe("Point { x: 1 }");
  });

  test("[N3] getters are not called", () => {
    let called = false;
    const value = {
      get secret() {
        called = true;
        return 1;
      },
    };
    expect(said(value)).toBe("{ secret: function get secret }");
    expect(called).toBe(false);
  });

  test("[N4] cycles, depth and length are cut; size tells how much there is", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(said(cycle)).toBe("{ self: … }");
    const long = seen(Array.from({ length: 5000 }, (_, at) => at));
    expect(long).toMatchObject({ kind: "list", size: 5000 });
    expect(long.kind === "list" && long.entries.length).toBe(100);
    let deep: unknown = 1;
    for (let n = 0; n < 100; n++) deep = [deep];
    expect(JSON.stringify(seen(deep)).length).toBeLessThan(1000);
  });

  test("[N5] a long string is shortened", () => {
    const tree = seen("x".repeat(100_000));
    expect(tree.kind === "primitive" && tree.text.length).toBe(10_000);
  });

  test("[N6] a Proxy that throws is cut", () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    expect(seen(hostile)).toEqual({ kind: "cut" });
  });

  test("[N8] what is private in objects of ours is said by them: a writer what it does, codes what they are kept as", () => {
    const { serving, quant, random } = open();
    const writer = serving.writer({ model, layers: 1, heads: 1, headSize: 4, length: 8, page: 4 });
    expect(said(writer)).toBe(
      'Writer { texts under way: "0 of 1", waiting: 0, done: 0, tokens written: 0, tokens a second: 0, pages used: "0 of 2", bytes of keys and values: 256 }',
    );
    const small = quant.quantize(random.normal([2, 64], { seed: 1 }));
    expect(said(small.slice(0, 0, 1).quantized)).toMatch(
      /^Quantized { format: "int4.*", bits: 4.5, bytes: 36, planes: { codes: "u4 \[2, 64\]", scales: "f16 \[4, 1\]" } }$/,
    );
  });

  test("[N7] whatever the value, the tree passes the decoder of the other side", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          maxDepth: 9,
        }),
        (value) => {
          const output = { kind: "value", value: seen(value) };
          expect(decodeOutput(structuredClone(output))).toEqual(output);
        },
      ),
    );
  });
});
