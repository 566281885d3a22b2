import { describe, expect, test } from "vitest";
import { TileBuilder } from "./builder.ts";
import { operandsOf, resultsOf, valuesOf, walkOps } from "./walk.ts";

const span = { source: "cell", start: 3, end: 9 };

function sumOfBlocks(): TileBuilder {
  const b = new TileBuilder("sum_of_blocks");
  const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
  const n = b.scalar("n", "i32");
  const lanes = b.arange(0, 16);
  const zero = b.const(0, "i32");
  const start = b.full([16], 0, "f32");
  const [total = -1] = b.forLoop(
    { lower: zero, upper: n, step: 16 },
    [{ init: start, label: "total" }],
    (i, [sum = -1]) => {
      const offset = b.binary("add", b.broadcast(i, [16]), lanes);
      const mask = b.binary("lt", offset, b.broadcast(n, [16]));
      return [b.binary("add", sum, b.load({ pointer: x, offset, mask }))];
    },
  );
  b.store({ pointer: y, offset: zero, value: b.reduce("sum", total, 0) });
  return b;
}

describe("TileBuilder", () => {
  test("[B1] result types follow from the operands", () => {
    const b = new TileBuilder("types");
    const i = b.arange(0, 8);
    expect(b.typeOf(i)).toEqual({ dtype: "i32", shape: [8] });
    expect(b.typeOf(b.binary("lt", i, i))).toEqual({ dtype: "bool", shape: [8] });
    const column = b.cast(b.broadcast(b.reshape(i, [8, 1]), [8, 4]), "f32");
    expect(b.typeOf(b.dot(column, b.transpose(column)))).toEqual({ dtype: "f32", shape: [8, 8] });
    expect(b.typeOf(b.reduce("argmax", column, 1))).toEqual({ dtype: "i32", shape: [8] });
  });
  test("[B2] a pointer's access is what the body does with it", () => {
    const access = sumOfBlocks()
      .finish()
      .params.map((param) => (param.kind === "pointer" ? param.access : "scalar"));
    expect(access).toEqual(["read", "write", "scalar"]);
  });
  test("[B3] operands that do not fit throw with the op's span", () => {
    const b = new TileBuilder("bad");
    const [short, long] = [b.arange(0, 8), b.arange(0, 16)];
    expect(() => b.binary("add", short, long, { span })).toThrow(
      expect.objectContaining({ code: "tile/shape", span }),
    );
    expect(() => b.binary("div", short, short)).toThrow(expect.objectContaining({ code: "tile/dtype" }));
    expect(() => b.arange(0, 12)).toThrow(expect.objectContaining({ code: "tile/size" }));
    expect(() => b.reduce("sum", short, 1)).toThrow(expect.objectContaining({ code: "tile/axis" }));
  });
  test("[B4] a carried value keeps its type", () => {
    const b = new TileBuilder("loop");
    const zero = b.const(0, "i32");
    const change = () => b.forLoop({ lower: zero, upper: zero }, [{ init: zero }], () => [b.const(0, "f32")]);
    expect(change).toThrow(expect.objectContaining({ code: "tile/type" }));
  });
  test("[B5] both arms of an if hand out the same types", () => {
    const b = new TileBuilder("branch");
    const yes = b.const(1, "bool");
    const [joined = -1] = b.ifElse(yes, {
      whenTrue: () => [b.const(1, "f32")],
      whenFalse: () => [b.const(2, "f32")],
    });
    expect(b.typeOf(joined)).toEqual({ dtype: "f32", shape: [] });
    const bad = () =>
      b.ifElse(yes, { whenTrue: () => [b.const(1, "f32")], whenFalse: () => [b.arange(0, 2)] });
    expect(bad).toThrow(expect.objectContaining({ code: "tile/type" }));
  });
});

describe("walking", () => {
  test("[W1] every operand of every op is a value, an argument or a pointer", () => {
    const kernel = sumOfBlocks().finish();
    const values = valuesOf(kernel);
    const pointers = kernel.params.filter((param) => param.kind === "pointer").map((param) => param.value);
    const kinds: string[] = [];
    walkOps(kernel.body, (op, depth) => {
      kinds.push(`${depth}:${op.kind}`);
      for (const id of operandsOf(op)) expect(values.has(id) || pointers.includes(id)).toBe(true);
      for (const result of resultsOf(op)) expect(values.get(result.value)?.type).toEqual(result.type);
    });
    expect(kinds).toContain("1:load");
    expect(kinds.at(-1)).toBe("0:store");
  });
});
