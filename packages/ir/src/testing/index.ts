export { randomKernel } from "./random-kernel.ts";
export { mismatch, nearBound, type SoundKernel, soundKernel, type SoundOptions } from "./sound/kernel.ts";
export type { SoundArgument } from "./sound/memory.ts";
export { day, firstOfToday, ofToday, often, partOfDay } from "./sample.ts";
