export {
  type Binding,
  type Choice,
  type CompiledKernel,
  type Config,
  type Dispatch,
  type Finish,
  type LaunchWork,
  type MessageSite,
  portableTarget,
  type Program,
  type ProgramBuffer,
  type Schedule,
  type Stage,
  type StaticCounts,
  type Step,
  type Target,
  type UniformField,
  type Way,
} from "./program.ts";
export { stagesOf } from "./stages.ts";
export { stepsOf } from "./steps.ts";
export { compileKernel, type CompileOptions, optionsKey } from "./compile.ts";
export { warmUp } from "./warm.ts";
export { launchWork } from "./counts.ts";
export { compileGraph, type GraphOptions } from "./graph/compile-graph.ts";
export { formAgain, formOf, type GraphForm, ProgramMemory, type Said } from "./graph/program-memory.ts";
export { SteadyNumbers } from "./graph/steady-numbers.ts";
export type { Choose, CompileKernel } from "./graph/choice.ts";
export {
  type KernelFailure,
  type KernelMessage,
  type KernelMessages,
  messageBytes,
  messageLayout,
  usedWords,
  readMessages,
} from "./messages.ts";
export { compilerVersion } from "./version.ts";
