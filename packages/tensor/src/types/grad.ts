/** Differentiation, as the editor sees it. */
export const gradDeclarations: string = `
/** One number, alone or with whatever else a function wants to hand out. */
type Loss<Aux> = Tensor | readonly [loss: Tensor, aux: Aux];

/**
 * The gradient of a function of one number with respect to its first argument: a float tensor, or a tree of them (lists and
 * plain objects; what is no tensor in it stays as it is). The result has the same form. Other arguments are constants.
 * Reverse mode; lazy like everything, and differentiable again. Rounding and comparing have a gradient of zero; equal
 * extremes share theirs. Faults: \`grad/scalar\`, \`grad/dtype\`, \`grad/kernel\`.
 *
 * \`\`\`ts
 * const slope = grad((x: Tensor) => x.mul(x).sum())(tensor([1, 2, 3])); // 2, 4, 6
 * \`\`\`
 */
declare function grad<Params, Rest extends readonly unknown[]>(
  work: (params: Params, ...rest: Rest) => Loss<unknown>,
): (params: Params, ...rest: Rest) => Params;

/**
 * The same with the value, computed once. A function that gives \`[loss, more]\` hands \`more\` out as \`aux\`.
 *
 * \`\`\`ts
 * const { value, grad, aux } = valueAndGrad(loss)(params, images, labels);
 * \`\`\`
 */
declare function valueAndGrad<Params, Rest extends readonly unknown[], Aux = undefined>(
  work: (params: Params, ...rest: Rest) => Loss<Aux>,
): (params: Params, ...rest: Rest) => { readonly value: Tensor; readonly grad: Params; readonly aux: Aux };

/** The same values, as a constant to whoever differentiates. */
declare function stopGradient(x: Tensor): Tensor;

/**
 * \`forward\` with a gradient that you say yourself: of a kernel, or in a better form than the rules find. \`backward\` gets the
 * gradient of the result, the result and the inputs, and gives one gradient an input (undefined where there is none).
 *
 * \`\`\`ts
 * const straightThrough = customGrad((x: Tensor) => x.round(), (g) => g);
 * \`\`\`
 */
declare function customGrad<Inputs extends readonly Tensor[]>(
  forward: (...inputs: Inputs) => Tensor,
  backward: (grad: Tensor, result: Tensor, ...inputs: Inputs) => Tensor | readonly (Tensor | undefined)[],
): (...inputs: Inputs) => Tensor;

/** The same function, whose values inside are computed again on the way back instead of kept: less memory, more time. */
declare function checkpoint<Args extends readonly unknown[]>(work: (...args: Args) => Tensor): (...args: Args) => Tensor;

/**
 * Forward mode: how the result of \`work\` changes when its arguments move by \`tangents\`, which have their form, shapes and dtypes.
 *
 * \`\`\`ts
 * const { value, tangent } = jvp((x: Tensor) => x.sin(), [x], [tensor.ones(x.shape)]);
 * \`\`\`
 */
declare function jvp<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Result,
  primals: NoInfer<Args>,
  tangents: NoInfer<Args>,
): { readonly value: Result; readonly tangent: Result };

/**
 * \`work\`, written for one example, for many at once. \`axes\` has for each argument the axis of examples in its tensors (0 without
 * it), or null where it is the same for all. Results have the axis of examples first. Faults: \`vmap/axes\`, \`vmap/size\`, \`vmap/kernel\`.
 *
 * \`\`\`ts
 * const each = vmap(grad(loss), [null, 0, 0])(params, images, labels); // a gradient for each example
 * \`\`\`
 */
declare function vmap<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Result,
  axes?: readonly (number | null)[],
): (...args: Args) => Result;

/**
 * Compares the gradient of \`work\` with central differences, all in f64 by the interpreter, for every float tensor
 * among the arguments. A result of several elements is summed with fixed weights. Shows a check; \`table\` has a row an input: its largest
 * difference over its largest gradient. At most \`most\` (24) elements of each are moved, by \`epsilon\` (1e-5) to both sides; \`tolerance\` is 1e-6.
 *
 * \`\`\`ts
 * const checked = await gradcheck((x: Tensor, w: Tensor) => x.matmul(w).tanh(), [x, w]);
 * display(checked.table);
 * checked
 * \`\`\`
 */
declare function gradcheck<Args extends readonly unknown[]>(
  work: (...args: Args) => unknown,
  args: NoInfer<Args>,
  options?: { readonly epsilon?: number; readonly tolerance?: number; readonly most?: number },
): Promise<Shown & { readonly passed: boolean; readonly table: Shown }>;
`;
