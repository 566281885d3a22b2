import type { Target } from "../program.ts";

/**
 * Whether work of few programs may be split into more of them, whose parts a second launch puts together. A graphics card needs
 * hundreds of programs. On a processor that has subgroups (SwiftShader) it stays one launch, the fewest that any engine has: a sum in
 * parts took no less of the processor's time there, though less of everybody's while its other cores were free.
 */
export function maySplit({ processor, subgroup }: Target): boolean {
  return processor !== true || subgroup === undefined;
}

export function powerOfTwoBelow(size: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, size)));
}
