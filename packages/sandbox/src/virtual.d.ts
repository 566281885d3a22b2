/** The whole script of each worker, built by the plugin of `@tilebook/sandbox/vite`. */
declare module "virtual:tilebook-cell-worker" {
  const text: string;
  export default text;
}
declare module "virtual:tilebook-gpu-worker" {
  const text: string;
  export default text;
}
