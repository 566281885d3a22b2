import { Fault } from "@tilebook/base";
import { Expr, type NodeBody, pick } from "../../expr.ts";
import { broadcast, iota, permute, reshape, take as taken } from "../../nodes.ts";
import { sizeOf } from "../../shape.ts";
import { matmul as product } from "../../contract/matmul.ts";
import { plus, times } from "../maths.ts";
import { pastedAt, type Places, slicedAt } from "../places.ts";

/** A value as it is for one example, and for all of them: with an axis of examples first, unless it is the same for all. */
export interface Mapped {
  readonly expr: Expr;
  readonly batched: boolean;
}

interface Step<Body> {
  readonly body: Body;
  /** At least one of them is batched. */
  readonly inputs: readonly Mapped[];
  /** For one example. */
  readonly result: Expr;
  /** How many examples. */
  readonly size: number;
}

/** The value of one kind of node for all examples, with the axis of examples first. */
type BatchRule<Kind extends NodeBody["kind"]> = (
  step: Step<Extract<NodeBody, { readonly kind: Kind }>>,
) => Expr;

/** With the axis of examples, of which all are the same where it was not there. */
export function lifted({ expr, batched }: Mapped, size: number): Expr {
  if (batched) return expr;
  return broadcast(reshape(expr, [1, ...expr.shape]), [size, ...expr.shape]);
}

const rules: { readonly [Kind in NodeBody["kind"]]: BatchRule<Kind> } = {
  input: alone,
  fill: alone,
  iota: alone,
  unary: same,
  binary: same,
  select: same,
  cast: same,
  reduce: ({ body, ...step }) => withBody(step, { ...body, axis: body.axis + 1 }),
  reshape: ({ inputs, result, size }) => reshape(lifted(pick(inputs, 0), size), [size, ...result.shape]),
  permute: ({ body, inputs, size }) =>
    permute(lifted(pick(inputs, 0), size), [0, ...body.order.map((axis) => axis + 1)]),
  broadcast: ({ inputs, result, size }) => broadcast(lifted(pick(inputs, 0), size), [size, ...result.shape]),
  slice: ({ body, inputs, result, size }) =>
    slicedAt(lifted(pick(inputs, 0), size), [size, ...result.shape], moved(body)),
  paste: ({ body, inputs, size }) =>
    pastedAt(lifted(pick(inputs, 0), size), lifted(pick(inputs, 1), size), moved(body)),
  window: ({ body, ...step }) => withBody(step, { ...body, axis: body.axis + 1 }),
  take,
  matmul,
  attention,
  tileCall: refuse,
  result: refuse,
};

/** Fault: `vmap/kernel`. */
export function batchNode(step: Step<NodeBody>): Expr {
  return (rules[step.body.kind] as (step: Step<NodeBody>) => Expr)(step);
}

function alone({ result }: Step<NodeBody>): Expr {
  return result;
}

function same({ body, ...step }: Step<NodeBody>): Expr {
  return withBody(step, body);
}

/** A node that does the same with one axis more; the numbers of its inputs are their places. */
function withBody({ inputs, result, size }: Omit<Step<NodeBody>, "body">, body: NodeBody): Expr {
  return Expr.of({
    type: { dtype: result.dtype, shape: [size, ...result.shape] },
    inputs: inputs.map((input) => lifted(input, size)),
    make: (ids) => named(body, ids),
  });
}

/** The body with the ids of its inputs where their places stand. */
function named(body: NodeBody, ids: readonly number[]): NodeBody {
  const keys = ["input", "left", "right", "condition", "yes", "no", "q", "k", "v"];
  const entries = Object.entries(body).map(([key, value]: readonly [string, unknown]) => [
    key,
    keys.includes(key) && typeof value === "number" ? pick(ids, value) : value,
  ]);
  return Object.fromEntries(entries) as NodeBody;
}

/** All of the examples. */
function moved({ start, step }: Places): Places {
  return { start: [0, ...start], step: step && [1, ...step] };
}

/** Rows of one table by many lists, of many tables by one, or of each by its own: then all tables are one. */
function take({ inputs, result, size }: Step<NodeBody>): Expr {
  const [rows, index] = [pick(inputs, 0), pick(inputs, 1)];
  const shape = [size, ...result.shape];
  if (!rows.batched) return reshape(taken(rows.expr, reshape(index.expr, [sizeOf(index.expr.shape)])), shape);
  const [, many = 1, ...width] = rows.expr.shape;
  const all = reshape(rows.expr, [size * many, ...width]);
  const own = lifted(index, size);
  const first = broadcast(reshape(times(iota([size], "i32"), many), [size, 1]), own.shape);
  return reshape(taken(all, reshape(plus(own, first), [sizeOf(own.shape)])), shape);
}

/** One matrix on the right serves the rows of all examples in one product. */
function matmul({ body, inputs, result, size }: Step<Extract<NodeBody, { readonly kind: "matmul" }>>): Expr {
  const [left, right] = [pick(inputs, 0), pick(inputs, 1)];
  const { transposeRight } = body;
  const shape = [size, ...result.shape];
  if (right.batched || right.expr.shape.length > 2)
    return product(lifted(left, size), lifted(right, size), { transposeRight });
  const flat = reshape(left.expr, [
    sizeOf(shape.slice(0, -1)),
    pick(left.expr.shape, left.expr.shape.length - 1),
  ]);
  return reshape(product(flat, right.expr, { transposeRight }), shape);
}

/** Examples are one more batch; attention has no room for a fifth axis. */
function attention(step: Step<Extract<NodeBody, { readonly kind: "attention" }>>): Expr {
  const { body, inputs, result, size } = step;
  if (result.shape.length < 4) return withBody(step, body);
  const merged = ([batch = 1, ...rest]: readonly number[]): readonly number[] => [size * batch, ...rest];
  const made = Expr.of({
    type: { dtype: result.dtype, shape: merged(result.shape) },
    inputs: inputs.map((input) =>
      reshape(lifted(input, size), merged(input.expr.shape.slice(input.batched ? 1 : 0))),
    ),
    make: (ids) => named(body, ids),
  });
  return reshape(made, [size, ...result.shape]);
}

function refuse(): never {
  throw new Fault(
    "vmap/kernel",
    "a kernel works on the tensors it was written for, and not on many at once",
    {
      hint: "launch it with one more axis of programs, and keep it out of vmap",
    },
  );
}
