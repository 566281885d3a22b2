/** The keys of the stepper, as commands.ts binds them and buttons name them. */
export const keys = {
  next: "F10",
  previous: "Shift+F10",
  turn: "Alt+F10",
  end: "F8",
  restart: "Shift+F8",
} as const;
