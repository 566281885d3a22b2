import { type Expr, pick } from "../../expr.ts";
import { permute, place, reshape } from "../../nodes.ts";
import { plus, sumTo } from "../maths.ts";
import { pastedAt, type Places, slicedAt, zeros } from "../places.ts";
import type { Rule } from "../rule.ts";

/** The slope of a value that is cut, or at one rank, lies as it does; of one that all ranks have, each may have a term. */
export const pullReshape: Rule<"reshape"> = ({ body: { placed }, inputs, cotangent }) => {
  const kind = placed?.layout?.kind;
  if (placed !== undefined && (kind === "split" || kind === "at")) return [place(cotangent, placed)];
  return [reshape(cotangent, pick(inputs, 0).shape)];
};

export const pullPermute: Rule<"permute"> = ({ body, cotangent }) => [
  permute(
    cotangent,
    body.order.map((_, axis) => body.order.indexOf(axis)),
  ),
];

export const pullBroadcast: Rule<"broadcast"> = ({ inputs, cotangent }) => [
  sumTo(cotangent, pick(inputs, 0).shape),
];

/** Zeros all around. */
export const pullSlice: Rule<"slice"> = ({ body, inputs, cotangent }) => [
  pastedAt(cotangent, zeros(pick(inputs, 0)), body),
];

/** What was pasted, and the rest with a hole of zeros. */
export const pullPaste: Rule<"paste"> = ({ body, inputs, cotangent }) => {
  const input = pick(inputs, 0);
  return [slicedAt(cotangent, input.shape, body), pastedAt(zeros(input), cotangent, body)];
};

/**
 * Windows overlap, but the same place of all windows does not, nor do the places of one window: as many pastes as there
 * are of the fewer, and their sum.
 */
export const pullWindow: Rule<"window"> = ({ body, inputs, cotangent }) => {
  const { axis, stride, dilation } = body;
  const input = pick(inputs, 0);
  const last = cotangent.shape.length - 1;
  const [windows, places] = [pick(cotangent.shape, axis), pick(cotangent.shape, last)];
  const byPlace = places <= windows;
  const along = byPlace ? last : axis;
  const [apart, step] = byPlace ? [dilation, stride] : [stride, dilation];
  const parts = Array.from({ length: pick(cotangent.shape, along) }, (_, at) => {
    const one = slicedAt(cotangent, cotangent.shape.with(along, 1), on(cotangent, along, at));
    return pastedAt(asInput(one, axis), zeros(input), {
      ...on(input, axis, at * apart),
      step: steps(input, axis, step),
    });
  });
  return [parts.reduce(plus)];
};

/** The axis of the window's places put in the place of the windows, of which one is left on one of both. */
function asInput(one: Expr, axis: number): Expr {
  const long = pick(one.shape, axis) * pick(one.shape, one.shape.length - 1);
  const order = one.shape.map((_, at) => at).slice(0, -1);
  const turned = permute(one, [...order.slice(0, axis + 1), one.shape.length - 1, ...order.slice(axis + 1)]);
  return reshape(turned, one.shape.slice(0, -1).with(axis, long));
}

function on({ shape }: Expr, axis: number, start: number): Places {
  return { start: shape.map((_, at) => (at === axis ? start : 0)) };
}

function steps({ shape }: Expr, axis: number, step: number): readonly number[] {
  return shape.map((_, at) => (at === axis ? step : 1));
}
