const parts = "not an op: its parts are";
const given = "made of plain numbers, not of tensors";
const shown = "an output or a file";

const reasons: readonly (readonly [string, string])[] = [
  ...[
    "tensor.zeros",
    "tensor.ones",
    "tensor.full",
    "tensor.iota",
    "tensor.eye",
    "tensor.arange",
    "tensor.linspace",
  ].map((name) => [name, given] as const),
  ...[
    "random.key",
    "random.split",
    "random.uniform",
    "random.normal",
    "random.bits",
    "random.gumbel",
    "random.bernoulli",
    "random.permutation",
  ].map((name) => [name, given] as const),
  ["random.categorical", "gives whole numbers"],
  ...[
    "nn.glorotUniform",
    "nn.glorotNormal",
    "nn.heUniform",
    "nn.heNormal",
    "nn.orthogonal",
    "nn.truncatedNormal",
  ].map((name) => [name, given] as const),
  ["moe.plan", "gives whole numbers"],
  ["sparse.fromElements", "its values have theirs through sparse.matmul"],
  ...[
    "Tensor",
    "tensor",
    "tree.map",
    "tree.leaves",
    "grad",
    "valueAndGrad",
    "jvp",
    "vmap",
    "gradcheck",
    "trainer",
    "optimizers.sgd",
    "optimizers.adam",
    "optimizers.adamW",
    "optimizers.lamb",
  ].map((name) => [name, parts] as const),
  ["kernel", "has one by customGrad alone"],
  ["out", "a place, not a value"],
  ["cdiv", given],
  ...["schedules.constant", "schedules.linear", "schedules.cosine", "schedules.stepwise"].map(
    (name) => [name, given] as const,
  ),
  ...["realize", "reference", "nmse", "compare", "time", "data", "array", "item", "dispose"].map(
    (name) => [name, "leaves the graph"] as const,
  ),
  ...[
    "npy.read",
    "npy.write",
    "safetensors.read",
    "safetensors.write",
    "gguf.read",
    "image",
    "imageGrid",
    "table",
    "plot",
    "md",
    "check",
    "origin",
    "download",
  ].map((name) => [name, shown] as const),
  ...["mark.line", "mark.dot", "mark.bar", "mark.rule", "mark.text", "mark.cell"].map(
    (name) => [name, shown] as const,
  ),
];

/** Functions of the tensor API through which nothing is differentiated, by their names in a cell, and why. */
export const withoutGradient: Readonly<Record<string, string>> = Object.fromEntries(reasons);
