/** An object of ours whose state is private: it is shown by what it says of itself, by name. */
export abstract class Shown {
  abstract said(): Readonly<Record<string, unknown>>;
}
