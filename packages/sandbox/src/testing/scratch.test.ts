import { open } from "@tilebook/tensor/testing";
import { test } from "vitest";
import { writeFileSync } from "node:fs";
import { compileGraph } from "@tilebook/compiler";
import { printGraph } from "@tilebook/ir";
test("x", async () => {
  const { random, vmap, grad, host, nn, tensor, realize } = open();
  const w = random.normal([64, 96], { seed: 1 });
  const v = random.normal([96, 10], { seed: 2 });
  const x = random.normal([20, 64], { seed: 3 });
  const answer = (y: any) => y.matmul(w).silu().matmul(v).softmax().max().log();
  try { await realize(vmap(grad(answer) as any)(x) as any); } catch (e) { console.log(e); }
  const graph = host.graphs.at(-1)!;
  writeFileSync("/tmp/w/b/scratch/graph.txt", printGraph(graph));
  compileGraph(graph, { storageBuffers: 8 } as any);
});
