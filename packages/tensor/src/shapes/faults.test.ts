import { expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import type { Tensor } from "../tensor.ts";

const cell = open();
const { tensor, einsum } = cell;
const x = tensor.ones([2, 3]);

test.each<readonly [string, () => unknown]>([
  ["shape/squeeze", () => x.squeeze(0)],
  ["shape/broadcast", () => x.broadcastTo(3, 3)],
  ["shape/axis", () => x.moveAxis(0, [0, 1])],
  ["shape/sizes", () => x.tile(0)],
  ["shape/roll", () => x.roll(1.5)],
  ["shape/pad", () => x.pad([1])],
  ["shape/split", () => x.split(2, 1)],
  ["shape/concat", () => tensor.concat([x, x.T])],
  ["shape/vector", () => x.diag()],
  ["shape/matrix", () => tensor([1]).diagonal()],
  ["shape/index", () => x.at(5)],
  ["tensor/index", () => x.oneHot(3)],
  ["tensor/range", () => tensor.arange(1, 0)],
  ["tensor/dtype", () => tensor.arange(0, 1, 0.5, "f64" as never)],
  ["tensor/operand", () => tensor.concat([x, [1] as never])],
  ["tensor/operand", () => x.clip([1] as never)],
  ["shape/correction", () => x.var(0, { correction: 2 })],
  ["einsum/size", () => einsum("ii", x)],
  ["einsum/spec", () => einsum("i", x)],
  ["conv/shape", () => x.conv2d(x)],
  ["conv/channels", () => x.expandDims(0).conv1d(tensor.ones([1, 3, 1]))],
  ["conv/axes", () => x.expandDims(0).maxPool1d(0)],
  ["conv/window", () => x.expandDims(0).maxPool1d(4)],
  ["tensor/disposed", () => x.add(disposed()).relu()],
])("[SF1] %s comes at the call, with its place and what to try", (code, act) => {
  cell.host.span = { source: "a", start: 3, end: 9 };
  expect(act).toThrow(expect.objectContaining({ code, span: cell.host.span, hint: expect.any(String) }));
});

function disposed(): Tensor {
  const gone = tensor([1, 2, 3]);
  gone.dispose();
  return gone;
}
