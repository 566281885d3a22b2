import { Fault } from "@tilebook/base";

const askAgain = "ask the sender for the link again, or for the file";

export const linkFaults = {
  version: (fragment: string): Fault =>
    new Fault(
      "link/version",
      `this link holds no notebook that this version of Tilebook can read (#${fragment.slice(0, 12)})`,
      {
        hint: "it may come from a newer version: reload the page, or ask for the file",
      },
    ),
  tooLong: (length: number, most: number): Fault =>
    new Fault("link/too-long", `the link has ${length} characters; at most ${most} are read`, {
      hint: "share the notebook as a file instead",
    }),
  notBase64url: (): Fault =>
    new Fault("link/not-base64url", "the link holds characters that do not belong in it", { hint: askAgain }),
  cut: (length: number, whole: number): Fault =>
    new Fault("link/cut", `the end of the link is missing: ${length} of ${whole} bytes arrived`, {
      hint: "some chats cut long links; ask the sender for the file",
    }),
  corrupt: (cause?: unknown): Fault =>
    new Fault("link/corrupt", "the link was changed on its way", { hint: askAgain, cause }),
  tooBig: (most: number): Fault =>
    new Fault("link/too-big", `the notebook in this link is larger than ${most / 2 ** 20} MiB`, {
      hint: "share it as a file instead",
    }),
  utf8: (cause?: unknown): Fault =>
    new Fault("link/utf8", "the link does not hold text", { hint: askAgain, cause }),
  cells: (count: number, most: number): Fault =>
    new Fault("link/cells", `the notebook has ${count} cells; at most ${most} are read`, {
      hint: "split it into several notebooks",
    }),
  cell: (index: number, bytes: number, most: number): Fault =>
    new Fault("link/cell", `cell ${index + 1} has ${bytes} bytes; at most ${most / 1024} KiB are read`, {
      hint: "move large data out of the cell",
    }),
} as const;
