import type { MeshService } from "@tilebook/sandbox";

export type MeshWish = Parameters<MeshService["open"]>[0];
export type MeshReport = Awaited<ReturnType<MeshService["open"]>>;
export type MeshLog = Awaited<ReturnType<MeshService["log"]>>;
export type LinkWish = Parameters<MeshService["link"]>[1];
