import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";

const [tokens, width, hidden, experts, k] = [11, 12, 10, 4, 2];
const slots = tokens * k;

interface Layer {
  readonly x: Tensor;
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly both: Tensor;
  readonly down: Tensor;
}

/** A gate and its product in one matrix, column by column. */
const inTurn: Work = (rows, times, { both }) => {
  const made = times(rows, both).reshape(rows.shape[0] ?? 1, 512, 2);
  const [a, b] = [made.slice(2, 0, 1), made.slice(2, 1, 2)];
  return a
    .silu()
    .mul(b)
    .reshape(rows.shape[0] ?? 1, 512);
};

function layer({ random }: TestCell): Layer {
  const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
  return {
    x: drawn([tokens, width], 1),
    gate: drawn([experts, width, hidden], 2),
    up: drawn([experts, width, hidden], 3),
    both: drawn([experts, width, 2 * hidden], 4),
    down: drawn([experts, hidden, width], 5),
  };
}

type Work = (rows: Tensor, times: (rows: Tensor, weights: Tensor) => Tensor, of: Layer) => Tensor;

function layerBy(cell: TestCell, work: Work, of: Layer = layer(cell)): Tensor {
  const { moe, random } = cell;
  const routed = moe.route(random.normal([tokens, experts], { seed: 6 }), { k });
  return moe.experts(of.x, routed, (rows, times) => times(work(rows, times, of), of.down));
}

/** Names of what a graph launches, and how much maths stands between. */
function launchesOf({ nodes, kernels }: Graph): readonly string[] {
  return nodes.flatMap((node) => (node.kind === "tileCall" ? [kernels[node.launch.kernel]?.name ?? ""] : []));
}

const productsIn = (graph: Graph | undefined): number =>
  graph === undefined ? 0 : launchesOf(graph).filter((name) => name.startsWith("moe_product")).length;

const gated: Work = (rows, times, { gate, up }) => times(rows, gate).silu().mul(times(rows, up));

const fused: Readonly<Record<string, Work>> = {
  "an activation of one product": (rows, times, { gate }) => times(rows, gate).silu(),
  "act(gate) up of two matrices": (rows, times, { gate, up }) =>
    times(rows, gate).silu().mul(times(rows, up)),
  "the same of one, halves beside each other": (rows, times, { both }) => {
    const made = times(rows, both);
    return made
      .slice(1, 0, hidden)
      .gelu()
      .mul(made.slice(1, hidden, 2 * hidden));
  },
  "the same of one, column by column": (rows, times, { both }) => {
    const made = times(rows, both).reshape(slots, hidden, 2);
    return made
      .slice(2, 0, 1)
      .silu()
      .mul(made.slice(2, 1, 2))
      .reshape(slots, hidden);
  },
  "bounds, masks and numbers, as gpt-oss has them": (rows, times, { gate, up }) => {
    const [a, b] = [times(rows, gate).clip(undefined, 1.5), times(rows, up).clip(-1.5, 1.5)];
    return a.mul(a.mul(1.702).sigmoid()).mul(b.add(1));
  },
  "one product twice": (rows, times, { gate }) => {
    const a = times(rows, gate);
    return a.relu().mul(a.maximum(0.1)).sub(a.abs().sqrt()).neg();
  },
};

describe("what experts do between products", () => {
  test.each(Object.entries(fused))("[ME2] %s: one launch with the products, as in f64", async (_, work) => {
    const cell = open();
    const y = layerBy(cell, work);
    expect((await cell.compare(y)).nmse).toBeLessThan(1e-10);
    expect(productsIn(cell.host.graphs.at(0))).toBe(2);
    const between = cell.host.graphs[0]?.nodes.filter(
      ({ type, kind }) =>
        type.shape.join() === `${slots},${hidden}` && kind !== "result" && kind !== "reshape",
    );
    expect(between?.map(({ kind }) => kind)).toEqual(["tileCall"]);
  });

  const apart: Readonly<Record<string, readonly [Work, products: number]>> = {
    "a sum along the row": [(rows, times, { gate }) => times(rows, gate).softmax(1), 2],
    "columns in another order": [(rows, times, { gate }) => times(rows, gate).flip(1).silu(), 2],
    "a number for each column": [
      (rows, times, { gate }) =>
        times(rows, gate)
          .mul(rows.slice(0, 0, 1).slice(1, 0, hidden))
          .silu(),
      2,
    ],
    "other rows": [
      (rows, times, { gate, up }) =>
        times(rows, gate)
          .silu()
          .mul(times(rows.mul(2), up)),
      3,
    ],
    "three products": [
      (rows, times, { gate, up }) =>
        times(rows, gate)
          .mul(times(rows, up))
          .add(times(rows, gate.mul(2))),
      4,
    ],
  };
  test.each(Object.entries(apart))("[ME3] %s stands by itself", async (_, [work, products]) => {
    const cell = open();
    const y = layerBy(cell, work);
    expect((await cell.compare(y)).nmse).toBeLessThan(1e-10);
    expect(productsIn(cell.host.graphs.at(0))).toBe(products);
  });

  test("[ME4] products that somebody else reads are made once, and stored: a gradient, a wish of their own", async () => {
    const cell = open();
    const { grad, tree, nmse, reference, realize, host } = cell;
    const of = layer(cell);
    const slopes = grad((own: Layer) => layerBy(cell, gated, own).square().mean())(of);
    const all = tree.leaves(slopes);
    await realize(all);
    for (const slope of all) expect(nmse(await slope.data(), await reference(slope))).toBeLessThan(1e-10);
    // Three of the way there, three of the way back.
    expect(host.graphs.map(productsIn)).toEqual([6]);
    let inner = of.x;
    const y = layerBy(cell, (rows, times, own) => (inner = gated(rows, times, own)), of);
    await realize(y, inner);
    expect(productsIn(host.graphs.at(-1))).toBe(3);
  });

  test("[ME5] what was left out can be asked for later, and nothing is held behind it", async () => {
    const cell = open();
    const { tensors, host, compare } = cell;
    const scope = tensors.openScope("a");
    const inner: Tensor[] = [];
    const y = layerBy(cell, (rows, times, { gate }) => {
      inner.push(times(rows, gate).silu());
      return inner[0] ?? rows;
    });
    await y.data();
    expect(inner.map(({ handle }) => handle)).toEqual([undefined]);
    for (const one of inner) expect((await compare(one)).nmse).toBeLessThan(1e-10);
    scope.close();
    expect(host.alive.size).toBe(0);
  });

  const wide: Readonly<
    Record<string, (cell: TestCell) => readonly [Work, down: Tensor, transposed: boolean]>
  > = {
    "act(gate) up of two matrices": ({ random }) => [
      gated,
      random.normal([experts, 512, 8], { seed: 5 }),
      false,
    ],
    "the same of one, column by column, then codes": ({ random }) => {
      const codes = random.uniform([experts, 8, 512], { seed: 5, high: 16 }).floor().cast("u4");
      const scales = random.uniform([experts, 8, 512 / 32, 1], { seed: 6 });
      const down = codes
        .cast("f32")
        .sub(8)
        .reshape(experts, 8, 512 / 32, 32)
        .mul(scales);
      return [inTurn, down.reshape(experts, 8, 512), true];
    },
  };
  test.each(Object.entries(wide))(
    "[ME6] %s: in two parts half of what is wide is held at a time",
    async (_, make) => {
      const cell = open();
      const { random, moe, compare, host } = cell;
      const [work, down, transposed] = make(cell);
      const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
      const [gate, up, both] = [512, 512, 1024].map((size, at) => drawn([experts, 8, size], at)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const of = { x: drawn([128, 8], 7), gate, up, both, down };
      const routed = moe.route(drawn([128, experts], 8), { k: 2 });
      let inner = of.x;
      const wholeLayer = (kept = false): Tensor =>
        moe.experts(of.x, routed, (rows, times) => {
          const made = work(rows, times, of);
          if (kept) inner = made;
          return times(made, down, { transposed, parts: 2 });
        });
      expect((await compare(wholeLayer())).nmse).toBeLessThan(1e-10);
      const shapes = host.graphs.at(0)?.nodes.map(({ kind, type }) => `${kind} ${type.shape.join()}`) ?? [];
      expect(shapes.filter((one) => one.endsWith("256,512"))).toEqual([]);
      expect(shapes.filter((one) => one === "tileCall 256,256")).toHaveLength(2);
      expect(productsIn(host.graphs.at(0))).toBe(4);
      await cell.realize(wholeLayer(true), inner);
      const stored = host.graphs.at(-1)?.nodes.map(({ type }) => type.shape.join());
      expect(stored).toContain("256,512");
      expect(stored).not.toContain("256,256");
      expect((await compare(inner)).nmse).toBeLessThan(1e-10);
    },
  );

  test("[ME7] parts that are no whole steps of a product are refused", () => {
    const { random, moe } = open();
    const inSoMany = (parts: number): Tensor => {
      const routed = moe.route(random.normal([8, experts], { seed: 1 }), { k: 2 });
      const [up, down] = [
        random.normal([experts, 8, 24], { seed: 2 }),
        random.normal([experts, 24, 8], { seed: 3 }),
      ];
      return moe.experts(random.normal([8, 8], { seed: 4 }), routed, (rows, times) =>
        times(times(rows, up).silu(), down, { parts }),
      );
    };
    for (const parts of [0, 1.5, -2, 5, Number.NaN]) {
      const refused = expect.objectContaining({
        code: "moe/parts",
        hint: expect.stringContaining("multiple of") as string,
      });
      expect(() => inSoMany(parts)).toThrow(refused);
    }
  });
});
