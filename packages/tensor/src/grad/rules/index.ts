import { Fault } from "@tilebook/base";
import type { NodeBody } from "../../expr.ts";
import type { Pull, Pulled, Rule } from "../rule.ts";
import { pullAttention } from "./attention.ts";
import { pullBinary, pullCast, pullSelect } from "./binary.ts";
import { pullMatmul } from "./matmul.ts";
import { pullReduce } from "./reduce.ts";
import { pullTake } from "./take.ts";
import { pullUnary } from "./unary.ts";
import { pullBroadcast, pullPaste, pullPermute, pullReshape, pullSlice, pullWindow } from "./views.ts";

/** Nothing goes in, so nothing goes back. */
const source = (): Pulled => [];

const rules: { readonly [Kind in NodeBody["kind"]]: Rule<Kind> } = {
  input: source,
  fill: source,
  iota: source,
  unary: pullUnary,
  binary: pullBinary,
  select: pullSelect,
  cast: pullCast,
  reduce: pullReduce,
  reshape: pullReshape,
  permute: pullPermute,
  broadcast: pullBroadcast,
  slice: pullSlice,
  paste: pullPaste,
  window: pullWindow,
  take: pullTake,
  matmul: pullMatmul,
  attention: pullAttention,
  tileCall: refuseKernel,
  result: refuseKernel,
};

/** The cotangents of the inputs of one node. Fault: `grad/kernel`. */
export function pullNode(pull: Pull): Pulled {
  return (rules[pull.body.kind] as (pull: Pull) => Pulled)(pull);
}

function refuseKernel(): never {
  throw new Fault("grad/kernel", "a kernel, of yours or of the library, has no gradient by itself", {
    hint: "say what it is with customGrad(forward, backward), or keep the tensor out with stopGradient",
  });
}
