import { Fault } from "@tilebook/base";
import type { Layout, PartialOp } from "@tilebook/ir";
import type { TensorHost } from "../host.ts";
import { awaited } from "../waiting.ts";
import { Mesh } from "./mesh.ts";
import type { MeshHost, MeshWish } from "./mesh-host.ts";
import { timelinePlot } from "./timeline.ts";

/** Other devices and how tensors lie on them, as cells have them. `types/mesh.ts` describes them to the editor. */
export interface MeshFunctions {
  readonly mesh: (wanted?: MeshWish) => Promise<Mesh>;
  readonly sbp: LayoutFunctions;
}

/** Split, broadcast, partial: and whole on one rank. */
interface LayoutFunctions {
  readonly split: (axis: number) => Layout;
  readonly broadcast: Layout;
  readonly partial: (op?: PartialOp) => Layout;
  readonly at: (rank: number) => Layout;
}

export function meshFunctions(host: TensorHost): MeshFunctions {
  return {
    mesh: (wanted) => awaited(open(host, wanted), "mesh()"),
    sbp: layouts,
  };
}

const layouts: LayoutFunctions = {
  split: (axis) => ({ kind: "split", axis: aCount("sbp.split(axis)", axis) }),
  broadcast: { kind: "broadcast" },
  partial: (op = "sum") => ({ kind: "partial", op: aPartialOp(op) }),
  at: (rank) => ({ kind: "at", rank: aCount("sbp.at(rank)", rank) }),
};

async function open(host: TensorHost, wanted: MeshWish | undefined): Promise<Mesh> {
  const isNumber = typeof wanted === "number" && Number.isInteger(wanted) && wanted >= 1;
  const isList =
    Array.isArray(wanted) && wanted.length > 0 && wanted.every((name) => typeof name === "string");
  if (wanted !== undefined && !isNumber && !isList)
    throw new Fault(
      "mesh/wanted",
      `mesh() takes a number of devices or a list of their names, not ${JSON.stringify(wanted)}`,
      { span: host.here() },
    );
  const way = host.mesh ?? alone;
  return new Mesh(await way.open(wanted), way, timelinePlot);
}

/** Nobody else, and nothing that could stand for them. */
const alone: MeshHost = {
  open: () =>
    Promise.reject(
      new Fault("mesh/none", "there is no way to other devices here", {
        hint: "open the notebook in a browser",
      }),
    ),
  link: () => Promise.resolve(),
  log: () => Promise.resolve({ edges: [], framing: 0, events: [], figures: [], now: 0 }),
};

function aCount(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Fault("mesh/layout", `${what} takes a whole number from 0 on, not ${String(value)}`);
}

function aPartialOp(op: PartialOp): PartialOp {
  if (op === "sum" || op === "max" || op === "min") return op;
  throw new Fault("mesh/layout", `sbp.partial(op) takes "sum", "max" or "min", not ${JSON.stringify(op)}`);
}
