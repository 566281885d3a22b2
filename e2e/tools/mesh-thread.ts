import { runGraph, type TensorValue } from "@tilebook/interp";
import { type Graph, sizeOf, type TensorType } from "@tilebook/ir";

/** What a rank's page asks of its thread. Every `run` and `read` is answered with its number. */
export type ToThread =
  | { readonly kind: "upload"; readonly name: string; readonly type: TensorType; readonly bytes: Uint8Array }
  | { readonly kind: "run"; readonly id: number; readonly graph: Graph; readonly names: readonly string[] }
  | { readonly kind: "read"; readonly id: number; readonly name: string }
  | { readonly kind: "free"; readonly name: string };

export interface FromThread {
  readonly id: number;
  readonly bytes?: Uint8Array;
}

const values = new Map<string, TensorValue>();

/** Serves one device: the interpreter, in single precision between graphs. */
export function serve(post: (said: FromThread) => void): (asked: ToThread) => void {
  return (asked) => {
    switch (asked.kind) {
      case "upload": {
        const floats = new Float32Array(asked.bytes.slice().buffer, 0, sizeOf(asked.type.shape));
        return void values.set(asked.name, { type: asked.type, values: Float64Array.from(floats) });
      }
      case "run": {
        const { graph, names, id } = asked;
        runGraph(graph, values).forEach((result, place) => {
          const type = graph.nodes[graph.outputs[place] ?? -1]?.type ?? { dtype: "f32", shape: [] };
          values.set(names[place] ?? "", { type, values: Float64Array.from(Float32Array.from(result)) });
        });
        return post({ id });
      }
      case "read":
        return post({
          id: asked.id,
          bytes: new Uint8Array(Float32Array.from(values.get(asked.name)?.values ?? []).buffer),
        });
      case "free":
        return void values.delete(asked.name);
    }
  };
}
