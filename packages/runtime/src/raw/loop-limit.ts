import type { Session } from "../gpu/session.ts";

const known = new WeakMap<Session, Promise<number>>();

/**
 * How many turns this device gives one loop at most. Mesa's CPU driver, on which Firefox runs without a GPU, leaves each
 * loop after 65,535 turns and says nothing: what needs more would be wrong there, and what never ends would seem to.
 */
export function loopLimit(session: Session): Promise<number> {
  const limit = known.get(session) ?? measure(session);
  known.set(session, limit);
  limit.catch(() => known.delete(session));
  return limit;
}

const wanted = 100_000;

/** What the bound is stands in memory, so that no compiler can know it. */
const counting = `@group(0) @binding(0) var<storage, read_write> turns: array<u32, 2>;
@compute @workgroup_size(1) fn main() {
  loop {
    if (turns[0] >= turns[1]) { break; }
    turns[0] += 1u;
  }
}`;

async function measure(session: Session): Promise<number> {
  const { device } = session;
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const module = device.createShaderModule({ label: "loop limit", code: counting });
  const compute = { module, entryPoint: "main" };
  const pipeline = await session.orLost(device.createComputePipelineAsync({ layout: "auto", compute }));
  const turns = device.createBuffer({ size: 8, usage: STORAGE | COPY_SRC | COPY_DST });
  const readable = device.createBuffer({ size: 8, usage: COPY_DST | MAP_READ });
  device.queue.writeBuffer(turns, 0, Uint32Array.of(0, wanted));
  const entries = [{ binding: 0, resource: { buffer: turns } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(turns, 0, readable, 0, 8);
  device.queue.submit([encoder.finish()]);
  await session.nudged(readable.mapAsync(GPUMapMode.READ));
  const [made = 0] = new Uint32Array(readable.getMappedRange());
  turns.destroy();
  readable.destroy();
  return made < wanted ? made : Infinity;
}
