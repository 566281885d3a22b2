import { Fault } from "@tilebook/base";
import { type Expr, pick } from "../expr.ts";
import { broadcast, cast } from "../nodes.ts";
import { arithmeticType, promote } from "../promote.ts";
import { arranged, contract, type Named, summed, withoutTwins } from "./contract.ts";
import { contractionOrder, keptNames } from "./order.ts";
import { type Name, parse, type Spec } from "./parse.ts";

/**
 * Einstein's summation: the product of all operands, with axes of one letter going together, summed over the letters that the
 * result lacks. Operands are contracted in pairs, in the order that takes the fewest multiplications. dtypes meet; f32 sums.
 * Faults `einsum/spec`, `einsum/size`. As NumPy's `einsum` and ONNX Einsum.
 */
export function einsum(text: unknown, operands: readonly Expr[]): Expr {
  if (typeof text !== "string" || operands.length === 0) {
    throw new Fault("einsum/spec", "einsum needs a text and at least one tensor", {
      hint: 'write einsum("ij,jk->ik", a, b)',
    });
  }
  const spec = parse(
    text,
    operands.map(({ shape }) => shape),
  );
  const dtype = operands.map(({ dtype: own }) => arithmeticType(own)).reduce(promote);
  const named = operands.map((operand, at) =>
    withoutTwins({ expr: cast(operand, dtype), names: pick(spec.operands, at) }),
  );
  return arranged(contractAll(spread(named, spec), spec), [spec.result]);
}

/** What "..." stands for has its full size on every operand that has it. */
function spread(named: readonly Named[], { sizes }: Spec): readonly Named[] {
  return named.map(({ expr, names }) => ({
    expr: broadcast(
      expr,
      names.map((name, axis) => sizes.get(name) ?? pick(expr.shape, axis)),
    ),
    names,
  }));
}

function contractAll(operands: readonly Named[], { result, sizes }: Spec): Named {
  const wanted: ReadonlySet<Name> = new Set(result);
  const sets = operands.map(({ names }) => new Set(names));
  const list = [...operands];
  for (const [first, second] of contractionOrder(sets, wanted, sizes)) {
    const [a, b] = [pick(list, first), pick(list, second)];
    const others = list.filter((side) => side !== a && side !== b).map(({ names }) => new Set(names));
    const kept = keptNames([new Set(a.names), new Set(b.names)], others, wanted);
    list.splice(second, 1);
    list.splice(first, 1);
    list.push(contract(a, b, kept));
  }
  return summed(pick(list, 0), wanted);
}
