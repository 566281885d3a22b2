// What we use of the harness's JavaScript, beside what training/peers.d.ts says.

declare module "*-decoding.js" {
  /** A `Setting` in, a `Writing` out (decoding/setting.ts): a declaration of this kind cannot import them. */
  export function open(setting: unknown): Promise<{
    readonly write: (
      prompt: readonly number[],
      most: number,
      onToken: () => void,
    ) => Promise<readonly number[]>;
  }>;
}

declare module "*/engines/ort.js" {
  const engine: { readonly minSubgroup: number };
  export default engine;
}
