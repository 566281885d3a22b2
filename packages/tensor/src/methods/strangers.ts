import { Fault } from "@tilebook/base";

/**
 * What other libraries call things, and what to write here. JavaScript gives undefined for a name that is not there, so `x.length` would
 * be no number and `x.astype` no function, without a word about tensors.
 */
const elsewhere: Readonly<Record<string, string>> = {
  ...namesFor("x.shape[0] is the size of the first axis, x.size the number of all elements", "length numel"),
  ...namesFor("x.rank is the number of axes", "ndim dim ndimension"),
  ...namesFor(
    'x.cast("f32"); dtypes are f32, f16, i32, u32, bool, i8, u8, i4, u4',
    "astype to float half int long",
  ),
  ...namesFor(
    "x.matmul(y), or x.mul(y).sum() of two vectors; einsum(...) for any sum of products",
    "dot mm mv bmm inner",
  ),
  ...namesFor(
    "x.reshape(...sizes), where one size may be -1: x.reshape(-1) is flat",
    "view flatten ravel resize",
  ),
  ...namesFor("x.expandDims(axis)", "unsqueeze"),
  ...namesFor("x.transpose(a, b), or x.permute(...order)", "swapaxes swapdims t"),
  ...namesFor("x.broadcastTo(...sizes)", "expand"),
  ...namesFor(
    "await x.data() for its numbers in a row, await x.array() for nested lists",
    "numpy tolist toArray",
  ),
  ...namesFor("tensors never change, so a copy is not needed", "clone copy contiguous"),
  ...namesFor("stopGradient(x)", "detach"),
  ...namesFor("gradients are of functions: grad((x) => loss)(x)", "backward grad requires_grad requiresGrad"),
  ...namesFor("x.clip(least, most)", "clamp"),
  ...namesFor("x.max(axis), x.min(axis)", "amax amin"),
  ...namesFor("x.remainder(y), and x.floorDivide(y)", "mod fmod"),
  ...namesFor("x.sub(y), x.mul(y), x.div(y)", "subtract multiply divide minus plus times"),
  ...namesFor("x.gt(y), x.ge(y), x.lt(y), x.le(y), x.eq(y), x.ne(y)", "greater less equal equals notEqual"),
  ...namesFor("x.square().sum().sqrt()", "norm"),
  ...namesFor("x.isNaN(), x.isFinite()", "isnan isfinite isinf"),
  ...namesFor("x.logSumExp(axis), x.logSoftmax(axis)", "logsumexp log_softmax"),
  ...namesFor("tensor.concat([x, y], axis), or tensor.stack([x, y])", "concat concatenate push append"),
  ...namesFor(
    "how many there are is known to the device alone: where(mask, x, 0), or numbers by await x.data()",
    "nonzero argwhere",
  ),
  ...namesFor(
    "operations take all elements at once, without a loop: x.mul(2); over the numbers themselves: (await x.data()).map(...)",
    "map forEach filter reduce every some",
  ),
  ...namesFor("how many there are is known to the device alone: [...new Set(await x.data())]", "unique"),
  ...namesFor("where(mask, value, x)", "masked_fill maskedFill"),
  ...namesFor("x.take(indices, axis), or x.takeAlongAxis(indices, axis)", "index_select gather"),
  ...namesFor("x.split(parts, axis)", "chunk unbind"),
  ...namesFor("x.reshape(-1, 1).mul(y)", "outer"),
  ...namesFor("wait for a number: (await x.item()).toFixed(2)", "toFixed toPrecision"),
  ...namesFor("it lives on your device already", "cpu cuda gpu device"),
  ...namesFor("operations give new tensors: x = x.add(1)", "add_ sub_ mul_ div_ fill_ zero_ copy_ fill set"),
};

function namesFor(hint: string, names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, hint]));
}

/** What JavaScript makes of what stands in brackets: numbers, ranges as texts, tensors in a text. */
const bracketed = /^(-?\d|:|\.\.\.|Tensor )/;

/**
 * What stands behind the methods of tensors: who asks it for a name asked for one that tensors do not have. Faults `tensor/brackets`,
 * `tensor/name`; all other names are as on any object.
 */
export const strangers: object = new Proxy(
  {},
  {
    get: (target, name, tensor) => {
      const hint = typeof name === "string" && Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
      if (hint !== undefined) throw new Fault("tensor/name", `a tensor has no \`${String(name)}\``, { hint });
      if (name === Symbol.iterator) return noLoop;
      if (isBracketed(name)) throw noBrackets(name);
      return Reflect.get(target, name, tensor) as unknown;
    },
    set: (target, name, value, tensor) => {
      if (isBracketed(name)) throw noChange(name);
      return Reflect.set(target, name, value, tensor);
    },
  },
);

function isBracketed(name: string | symbol): name is string {
  return typeof name === "string" && bracketed.test(name);
}

function noBrackets(name: string): Fault {
  const hint = name.startsWith("Tensor")
    ? "write x.take(places); a mask chooses by where(mask, x, 0)"
    : `write x.at(${/^-?\d+$/.test(name) ? name : `"${name}"`}), with one entry an axis: x.at(0, "1:5"); a number of one element: await x.at(0, 0).item()`;
  return new Fault("tensor/brackets", "brackets do not index a tensor", { hint });
}

/** Stands where a list has its iterator: some look at that of anything, without going through it. */
function noLoop(): never {
  throw new Fault("tensor/brackets", "a tensor is no list that could be gone through", {
    hint: "its numbers are await x.data(), its rows await x.array(); parts that are tensors: x.split(x.shape[0])",
  });
}

function noChange(name: string): Fault {
  return new Fault("tensor/brackets", `a tensor never changes, so x[${name}] cannot be set`, {
    hint: 'make a new one: x.scatter(tensor([0], { dtype: "i32" }), updates), where(mask, value, x), or fill a list and make a tensor of it',
  });
}
