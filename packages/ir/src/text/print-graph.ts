import type { Graph, GraphNode, Launch, LaunchArgument, NodeId, SliceNode } from "../graph.ts";
import { showType } from "../infer.ts";
import { sayLayout } from "../layout.ts";
import { Lines, type PrintedText, printNumber } from "./lines.ts";
import { addKernel } from "./print-tile.ts";

/** A graph as text, one node a line, then its kernels. For people; graphs travel as JSON. */
export function printGraph(graph: Graph): string {
  return printGraphLines(graph).text;
}

/** The same text with the span of every line. */
export function printGraphLines(graph: Graph): PrintedText {
  const lines = new Lines();
  lines.add("graph {", undefined);
  lines.indent(() => {
    graph.nodes.forEach((node, id) =>
      lines.add(`%${id}: ${showType(node.type)} = ${describe(node, graph)}`, node.span),
    );
    lines.add(`return ${list(graph.outputs)}`, undefined);
  });
  lines.add("}", undefined);
  for (const kernel of graph.kernels) addKernel(lines, kernel);
  return lines.finish();
}

function describe(node: GraphNode, graph: Graph): string {
  switch (node.kind) {
    case "input":
      return `input ${JSON.stringify(node.tensor)}`;
    case "fill":
      return `fill ${printNumber(node.value)}`;
    case "iota":
      return "iota";
    case "unary":
      return `${node.op} %${node.input}`;
    case "binary":
      return `${node.op} ${list([node.left, node.right])}`;
    case "select":
      return `select ${list([node.condition, node.yes, node.no])}`;
    case "reshape":
      return node.placed === undefined
        ? `reshape %${node.input}`
        : `place %${node.input}${node.placed.layout === undefined ? "" : ` ${sayLayout(node.placed.layout)}`}`;
    case "cast":
    case "broadcast":
      return `${node.kind} %${node.input}`;
    case "reduce":
      return `reduce ${node.op} %${node.input} axis ${node.axis}`;
    case "permute":
      return `permute %${node.input} [${node.order.join(", ")}]`;
    case "slice":
      return `slice %${node.input} from ${steps(node)}`;
    case "paste":
      return `paste %${node.input} into %${node.into} from ${steps(node)}`;
    case "window":
      return `window %${node.input} axis ${node.axis} stride ${node.stride} dilation ${node.dilation}`;
    case "take":
      return `take %${node.input}, %${node.index}`;
    case "matmul":
      return `matmul ${list([node.left, node.right])}${node.transposeRight ? " transposed" : ""}`;
    case "attention": {
      const mask = node.causal ? " causal" : "";
      const order = node.tokensFirst ? " tokens first" : "";
      return `attention ${list([node.q, node.k, node.v])} scale ${printNumber(node.scale)}${mask}${order}`;
    }
    case "tileCall":
      return `launch${by(node.launch, graph)}`;
    case "result":
      return `result %${node.call} ${node.index}`;
  }
}

function by(launch: Launch, graph: Graph): string {
  const name = graph.kernels[launch.kernel]?.name ?? `kernel ${launch.kernel}`;
  return ` by ${name} grid [${launch.grid.join(", ")}] (${launch.arguments.map(describeArgument).join(", ")})`;
}

function describeArgument(argument: LaunchArgument): string {
  if (argument.kind === "node") return `%${argument.node}`;
  if (argument.kind === "scalar") return printNumber(argument.value);
  const { index, from, over } = argument;
  return `out ${index}${from === undefined ? "" : ` ${over === true ? "over" : "from"} %${from}`}`;
}

function steps({ start, step }: Pick<SliceNode, "start" | "step">): string {
  return `[${start.join(", ")}]${step === undefined ? "" : ` step [${step.join(", ")}]`}`;
}

function list(nodes: readonly NodeId[]): string {
  return nodes.map((node) => `%${node}`).join(", ");
}
