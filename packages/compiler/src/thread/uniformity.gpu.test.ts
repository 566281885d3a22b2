import { seeded } from "@tilebook/base";
import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { lowerToThreads } from "../lower/lower.ts";
import { openGpu } from "../testing/gpu.ts";
import { tilePasses } from "../tile/passes.ts";
import { printWgsl } from "../wgsl/print.ts";
import type { Statement, ThreadKernel } from "./ir.ts";
import { threadPasses } from "./passes.ts";
import { verifyUniform } from "./verify-uniform.ts";
import { blocksOfStatement, mapStatement } from "./walk.ts";
import { portableTarget } from "../program.ts";

const target = { ...portableTarget, workgroupBytes: 32768 };

type Block = readonly Statement[];

/** All blocks that come from `block` by one more barrier, anywhere. */
function withBarrier(block: Block): readonly Block[] {
  return block.flatMap((statement, at) => {
    const here = block.toSpliced(at, 0, { kind: "barrier", space: "workgroup" });
    const inner = blocksOfStatement(statement).flatMap((nested, which) =>
      withBarrier(nested).map((other) => block.with(at, withBlock(statement, which, other))),
    );
    return [here, ...inner];
  });
}

function withBlock(statement: Statement, which: number, block: Block): Statement {
  let place = 0;
  return mapStatement(statement, { block: (old) => (place++ === which ? block : old) });
}

/** What threads have agreed on is read, without the promise that it is uniform. */
function withoutPromises(block: Block): Block {
  return block.map((statement) => {
    if (statement.kind !== "agree") return mapStatement(statement, { block: withoutPromises });
    const { name, type, memory } = statement;
    return { kind: "let", name, value: { kind: "read", type, memory } };
  });
}

function threadsOf(seed: number): ThreadKernel {
  const tiles = tilePasses.reduce((before, pass) => pass.run(before), soundKernel(seed).kernel);
  return threadPasses.reduce((before, pass) => pass.run(before, target), lowerToThreads(tiles, target));
}

function weAccept(kernel: ThreadKernel): boolean {
  try {
    verifyUniform(kernel);
    return true;
  } catch {
    return false;
  }
}

/** Throws when the kernel is refused for another reason. */
async function tintAccepts(kernel: ThreadKernel): Promise<boolean> {
  const gpu = await openGpu();
  const code = printWgsl(kernel).text;
  gpu.pushErrorScope("validation");
  const { messages } = await gpu.createShaderModule({ code }).getCompilationInfo();
  await gpu.popErrorScope();
  const [error] = messages.filter(({ type }) => type === "error");
  if (error !== undefined && !error.message.includes("uniform control flow"))
    throw new Error(`${error.lineNum}: ${error.message}\n${code}`);
  return error === undefined;
}

/** Both verdicts on random kernels with a barrier too much, and how often they were no. */
async function compare(
  spoil: (block: Block) => Block,
): Promise<{ readonly differing: readonly string[]; readonly refused: number }> {
  const differing: string[] = [];
  let refused = 0;
  for (let seed = 0; seed < 40; seed++) {
    const kernel = threadsOf(seed);
    const random = seeded(seed);
    const all = withBarrier(spoil(kernel.body));
    for (let turn = 0; turn < 8; turn++) {
      const place = Math.floor(random() * all.length);
      const broken = { ...kernel, body: all[place] ?? [] };
      const [ours, theirs] = [weAccept(broken), await tintAccepts(broken)];
      if (ours !== theirs) differing.push(`seed ${seed}, place ${place}: we say ${ours}, Tint ${theirs}`);
      if (!theirs) refused += 1;
    }
  }
  return { differing, refused };
}

describe("uniformity as Tint sees it", () => {
  test("[U7] a barrier put anywhere into a random kernel: we refuse what Tint refuses, and nothing else", async () => {
    const { differing, refused } = await compare((block) => block);
    expect(differing).toEqual([]);
    expect(refused).toBeGreaterThan(20);
  }, 60_000);

  test("[U8] the same where what threads have agreed on is not promised to be uniform", async () => {
    const { differing, refused } = await compare(withoutPromises);
    expect(differing).toEqual([]);
    expect(refused).toBeGreaterThan(40);
  }, 60_000);
});
