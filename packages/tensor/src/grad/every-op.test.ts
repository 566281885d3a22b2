// Every op of the API has a gradient that is held to central differences, and a derivative of that, and goes through jvp and vmap; or says why not.
import { Fault } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { Tensor } from "../tensor.ts";
import { open } from "../testing/cell.ts";
import { type OpCase, opCases } from "../testing/op-cases.ts";

const cell = open();
const entries = opCases(cell);
const { grad, gradcheck, jvp, vmap, tensor, compare } = cell;

const cases: readonly (readonly [string, OpCase])[] = Object.entries(entries).flatMap(([name, entry]) =>
  typeof entry === "string" ? [] : [entry].flat().map((one) => [name, one] as const),
);

/** Names of what belongs to the class and is no op. */
const fields = [
  "constructor",
  "type",
  "dtype",
  "shape",
  "rank",
  "size",
  "bytes",
  "quantized",
  "span",
  "disposed",
  "handle",
  "make",
  "makeAll",
  "side",
  "exprOf",
];

function methods(): readonly string[] {
  const names: string[] = [];
  for (let at: object = Tensor.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    names.push(...Object.getOwnPropertyNames(at));
  return names.filter((name) => !fields.includes(name));
}

function functions(): readonly string[] {
  return Object.entries(cell as unknown as Record<string, unknown>).flatMap(([name, value]) => {
    if (name === "host" || name === "tensors") return [];
    const inside = Object.entries(value as object).filter(([, member]) => typeof member === "function");
    const own = typeof value === "function" ? [name] : [];
    return [...own, ...inside.map(([member]) => `${name}.${member}`)];
  });
}

/** A number of a result in which every element counts otherwise. */
function weighed(result: Tensor): Tensor {
  return result.mul(tensor.iota(result.shape, "f32").mul(0.7).cos()).sum();
}

const number = async (of: Tensor): Promise<number> => of.item();

describe("every op", () => {
  test("[EO1] is in the table, and the table has no other", () => {
    const names = [...new Set([...methods(), ...functions()])];
    expect(Object.keys(entries).toSorted()).toEqual(names.toSorted());
  });

  test.each(cases)("[EO2] %s: its gradient is central differences", async (_, { args, work }) => {
    const { passed, measured } = await gradcheck(work, args);
    expect([passed, measured]).toEqual([true, measured]);
  });

  test.each(cases)("[EO3] %s: so is the derivative of its gradient", async (_, { args, work }) => {
    const [first, ...rest] = args as [Tensor, ...Tensor[]];
    const slope = (x: Tensor): Tensor =>
      grad((one: Tensor) =>
        weighed(
          work(one, ...rest)
            .mul(1.1)
            .sin(),
        ),
      )(x);
    const { passed, measured } = await gradcheck(slope, [first]);
    expect([passed, measured]).toEqual([true, measured]);
  });

  test.each(cases)(
    "[EO4] %s: jvp along a direction is the gradient times that direction",
    async (_, { args, work }) => {
      const along = args.map((arg, at) =>
        tensor
          .iota(arg.shape, "f32")
          .mul(0.9 + at)
          .sin(),
      );
      const { tangent } = jvp(work, [...args], along);
      const slopes = grad((all: readonly Tensor[]) => weighed(work(...all)))([...args]);
      const products = slopes.map((slope, at) => slope.mul(along[at] ?? slope).sum());
      const wanted = await number(products.reduce((sum, product) => sum.add(product)));
      const found = await number(weighed(tangent));
      expect(Math.abs(found - wanted)).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));
    },
  );

  test.each(cases)(
    "[EO5] %s: vmap gives what each example alone gives, or says that it cannot",
    async (_, { args, work }) => {
      const many = args.map((arg) => tensor.stack([arg, arg.mul(1.1), arg.mul(0.9)]));
      let found: Tensor;
      try {
        found = vmap(work)(...many);
      } catch (error) {
        expect(error instanceof Fault ? error.code : error).toBe("vmap/kernel");
        return;
      }
      const each = tensor.stack([0, 1, 2].map((at) => work(...many.map((arg) => arg.row(at)))));
      expect(found.shape).toEqual(each.shape);
      expect((await compare(found, each)).nmse).toBeLessThan(1e-10);
    },
  );
});
