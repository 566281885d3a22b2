export { tilebookSandbox, type SandboxPluginOptions } from "./plugin.ts";
