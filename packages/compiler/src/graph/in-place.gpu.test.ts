import type { NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Choice, Config } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

/** How many buffers there are besides the inputs. */
async function buffers(g: GraphMaker, outputs: readonly NodeId[]): Promise<number> {
  const program = await agrees(g.graph(outputs), { run: runTiles, most: 1e-20 });
  return program.buffers.filter(({ role }) => role !== "input").length;
}

/** Sums down columns: a kernel of its own, that no map joins. */
function squares(g: GraphMaker, name: string, dtype: "f32" | "i32" = "f32"): NodeId {
  return g.reduce("sum", g.input(name, [5, 6, 7], dtype), 0);
}

describe("a map is written over what none but it reads", () => {
  test("[IP1] of as many bytes, also as a result, and through a reshape", async () => {
    const g = new GraphMaker();
    const other = g.input("y", [1, 6, 7]);
    expect(await buffers(g, [g.unary("exp", g.binary("mul", squares(g, "x"), other))])).toBe(1);
    const through = new GraphMaker();
    const flat = through.reshape(squares(through, "x"), [42]);
    const raised = through.unary("exp", flat);
    expect(await buffers(through, [through.reduce("sum", raised, 0)])).toBe(2);
  });

  test("[IP2] one after the other, in the same buffer", async () => {
    const g = new GraphMaker();
    const sums = squares(g, "x");
    const long = Array.from({ length: 90 }).reduce<NodeId>((x) => g.unary("sin", x), sums);
    expect(await buffers(g, [long])).toBe(1);
  });

  test("[IP3] not over inputs, over what others read, what is wanted, or what it reads elsewhere", async () => {
    const input = new GraphMaker();
    expect(await buffers(input, [input.unary("exp", input.input("x", [6, 7]))])).toBe(1);
    const shared = new GraphMaker();
    const sums = squares(shared, "x");
    const [raised, summed] = [shared.unary("exp", sums), shared.reduce("sum", sums, 1)];
    expect(await buffers(shared, [raised, summed])).toBe(3);
    const wanted = new GraphMaker();
    const both = squares(wanted, "x");
    expect(await buffers(wanted, [both, wanted.unary("exp", both)])).toBe(2);
    const moved = new GraphMaker();
    const turned = moved.permute(squares(moved, "x"), [0, 2, 1]);
    expect(await buffers(moved, [moved.unary("exp", turned)])).toBe(2);
    const cast = new GraphMaker();
    expect(await buffers(cast, [cast.cast(squares(cast, "x", "i32"), "f32")])).toBe(2);
  });

  test("[IP4] on the GPU, in every way, also of more elements than a program has", async () => {
    for (let at = 0; at < 9; at++) {
      const g = new GraphMaker();
      const sums = g.reduce("sum", g.input("x", [2, 50, 113]), 0);
      const out = g.unary("exp", g.binary("mul", sums, g.fill(0.5, [1, 50, 113])));
      const choose = ({ configs }: Choice): Config | undefined => configs[at % configs.length];
      const { buffers: all } = await agrees(g.graph([out]), { choose });
      expect(all).toHaveLength(2);
    }
  });
});
