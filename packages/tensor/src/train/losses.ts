import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { fromBytes } from "../bytes.ts";
import type { Expr } from "../expr.ts";
import { alias, broadcast, cast, iota, reshape, unary } from "../nodes.ts";
import { compare, logic } from "../elementwise.ts";
import { less, minus, negative, plus, times, where } from "../grad/maths.ts";
import { floatType } from "../promote.ts";
import { fold, mean } from "../reduce.ts";
import { sameShape, sayShape, sizeOf } from "../shape.ts";

/** The mean of (p - t)^2. */
export function meanSquare(predictions: Expr, targets: Expr): Expr {
  needEqual(predictions, targets);
  const error = minus(predictions, targets);
  return mean(times(error, error), undefined);
}

/**
 * The mean of e^2 / 2 where |e| is at most `delta`, else of delta (|e| - delta / 2), with e = p - t (Huber 1964).
 */
export function huber(predictions: Expr, targets: Expr, delta: number): Expr {
  needEqual(predictions, targets);
  const error = minus(predictions, targets);
  const size = unary("abs", error);
  const far = times(minus(size, delta / 2), delta);
  return mean(where(less(size, delta), times(times(error, error), 0.5), far), undefined);
}

/**
 * The mean of -log softmax(logits)[label]: logits [..., classes], labels whole numbers [...]. With smoothing s the target is
 * 1 - s at the label plus s / classes everywhere (Szegedy et al. 2016, section 7). A label that names no class makes the loss NaN;
 * where labels are numbers of the cell it is a fault at once.
 */
export function crossEntropy(logits: Expr, labels: Expr, smoothing: number): Expr {
  needLabels(logits, labels);
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new Fault("loss/smoothing", `smoothing is a share from 0 to below 1, not ${smoothing}`);
  }
  const scores = cast(logits, floatType(logits.dtype));
  const classes = scores.shape.at(-1) ?? 1;
  const numbers = broadcast(iota([classes], "i32"), scores.shape);
  const own = broadcast(reshape(cast(labels, "i32"), [...labels.shape, 1]), scores.shape);
  const picked = fold("sum", where(compare("eq", numbers, own), scores, 0), -1);
  const target =
    smoothing === 0 ? picked : plus(times(picked, 1 - smoothing), times(mean(scores, -1), smoothing));
  const loss = minus(logSumExp(scores), target);
  if (known(labels, classes)) return mean(loss, undefined);
  const named = logic("and", compare("ge", labels, 0), compare("lt", labels, classes));
  return mean(where(named, loss, NaN), undefined);
}

/** Labels that stand in the cell are looked at before anything is computed; of others (false) the device must tell. */
function known(labels: Expr, classes: number): boolean {
  if (labels.bytes === undefined) return false;
  const numbers = fromBytes(labels.bytes, labels.dtype, sizeOf(labels.shape));
  const wrong = numbers.findIndex((label: number) => label < 0 || label >= classes);
  if (wrong < 0) return true;
  throw new Fault(
    "loss/labels",
    `label ${wrong} is ${numbers[wrong]}, and the logits have ${classes} classes`,
    {
      hint: `labels are 0 to ${classes - 1}; rows without a label are left out before: take() those that have one`,
    },
  );
}

/** Along the last axis, which goes away. The greatest is taken out, and has no part in the gradient. */
function logSumExp(scores: Expr): Expr {
  const found = fold("max", scores, -1, { keep: true });
  const most = alias(found).withGradient({ of: [], pull: () => [] });
  const sums = fold("sum", unary("exp", minus(scores, most)), -1);
  return plus(unary("log", sums), reshape(most, sums.shape));
}

/**
 * The mean of -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), written max(x, 0) - x t + log(1 + exp(-|x|)), which does not
 * overflow. Targets are from 0 to 1.
 */
export function binaryCrossEntropy(logits: Expr, targets: Expr): Expr {
  needEqual(logits, targets);
  const scores = cast(logits, floatType(logits.dtype));
  const size = unary("abs", scores);
  // (x + |x|) / 2 is max(x, 0).
  const positive = times(plus(scores, size), 0.5);
  const rest = unary("log1p", unary("exp", negative(size)));
  return mean(plus(minus(positive, times(scores, targets)), rest), undefined);
}

/** The share of rows whose greatest score is at the label: not differentiable. */
export function accuracy(logits: Expr, labels: Expr): Expr {
  needLabels(logits, labels);
  return mean(cast(compare("eq", fold("argmax", logits, -1), cast(labels, "i32")), "f32"), undefined);
}

function needEqual(predictions: Expr, targets: Expr): void {
  if (sameShape(predictions.shape, targets.shape)) return;
  const message = `predictions ${sayShape(predictions.shape)} and targets ${sayShape(targets.shape)} have different shapes`;
  throw new Fault("loss/shape", message, {
    hint: "a loss does not broadcast: reshape one of them, for example with squeeze or reshape(-1, 1)",
  });
}

function needLabels(logits: Expr, labels: Expr): void {
  const whole = dtypeInfo[valueDType(labels.dtype)].kind === "integer";
  if (whole && logits.shape.length > 0 && sameShape(logits.shape.slice(0, -1), labels.shape)) return;
  const message = `logits ${sayShape(logits.shape)} cannot have ${labels.dtype} labels ${sayShape(labels.shape)}`;
  throw new Fault("loss/labels", message, {
    hint: 'labels are the numbers of classes, i32, one for each row of logits: tensor(list, { dtype: "i32" })',
  });
}
