export {
  type Binding,
  type CompiledKernel,
  type Dispatch,
  portableTarget,
  type Program,
  type ProgramBuffer,
  type Stage,
  type StaticCounts,
  type Target,
  type UniformField,
} from "./program.ts";
export { compileKernel } from "./compile.ts";
export { compileGraph, type CompileKernel } from "./graph/compile-graph.ts";
