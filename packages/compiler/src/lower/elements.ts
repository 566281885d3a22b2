import type { Expr, Memory } from "../thread/ir.ts";
import type { Layout } from "../layout/layout.ts";
import type { Context } from "./context.ts";
import { laneOf } from "./lanes.ts";
import { forRegisters } from "./registers.ts";
import { firstHolder, flatten, registerSite, type Site } from "./site.ts";

/** One element of a tile: its lane at a site, and its place in row-major order. */
export interface Element {
  readonly site: Site;
  readonly lane: number;
  readonly place: Expr;
}

/** Calls `visit` for every register of a layout, in the first thread that holds it. */
export function byFirstHolder(context: Context, layout: Layout, visit: (site: Site) => void): void {
  const all = (): void =>
    forRegisters(context, layout, (row, chunk) => visit(registerSite(context, layout, row, chunk)));
  const first = firstHolder(context, layout);
  if (first === undefined) all();
  else context.emitter.branch(first, false, { whenTrue: all });
}

/** Calls `visit` for every element at a site. */
export function eachElement(
  context: Context,
  layout: Layout,
  site: Site,
  visit: (element: Element) => void,
): void {
  const places = flatten(context, site.coordinates, layout.shape).lanes;
  for (let lane = 0; lane < layout.width; lane++)
    visit({ site, lane, place: laneOf(context.emitter, places, lane) });
}

/** Workgroup memory with an element for each of a tile's, where any thread finds them. */
export function declareCommon(
  context: Context,
  what: {
    readonly scalar: Memory["type"]["scalar"];
    readonly shape: readonly number[];
    readonly purpose: string;
  },
): Memory {
  const { emitter } = context;
  const length = what.shape.reduce((product, size) => product * size, 1);
  return emitter.declare({
    name: "common",
    space: "workgroup",
    type: { scalar: what.scalar, width: 1 },
    length,
    purpose: what.purpose,
    ...(emitter.span === undefined ? {} : { span: emitter.span }),
  });
}
