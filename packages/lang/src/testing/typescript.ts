import { array, type Arbitrary, constantFrom, tuple } from "fast-check";

/** Statements with types in every place TypeScript has them. */
export const typedStatements: readonly string[] = [
  "let a: number = b as any",
  "const f = <T,>(x: T, y?: number): T => x",
  "const g = async <T>(x: T): Promise<T> => { await x; return x as T }",
  "function h(this: Foo, a?: number, ...rest: string[]): asserts a is string { return }",
  "function h2(a: number): void;\nfunction h2(a: any) {}",
  "type Q<T> = { [K in keyof T]?: T[K] } & { a: 1 }",
  "interface I<T> extends J { (x: number): void; new (): I<T>; readonly [k: string]: any }",
  "declare const z: number",
  "declare function q(x: number): void",
  "abstract class A<T> extends B<T> implements C, D<number> { private static x?: number = 1; abstract y(): void; readonly [k] = 2; declare w: T }",
  "class E extends Q { get: string\n m(): void {} static: number\n n?\n ['k']!: T\n override async *o<U>(a?: U) {} }",
  "class F { private ['a'] = 1 as any\n public constructor(x?: number) { super_(x!) } protected get p(): number { return 1 } }",
  "(a as any) = b!",
  "x = y satisfies Z as const",
  "foo<number>(a)!.b<string>`t`",
  "new Foo<Bar<Baz>>(1 as any)",
  "for (const i of list as number[]) i as any",
  "for (let i: number = 0 as number; i < (n as number); i++) { continue }",
  "if (a as boolean) b as any\nelse c!",
  "do { a } while (b as any)",
  "try { a } catch (e: unknown) { throw e as Error }",
  "const { a: a1, b: [b1] = [] }: { a: number; b: number[] } = o as any",
  "label: while (x as any) { break label }",
  "const o2 = { m<T>(x: T): T { return x }, get p(): number { return 1 }, [k as string]: 2 }",
  "let v!: number, w: string | undefined",
  "const t = `a${b as any}c${(d as E)!}`",
  "const u = (a ? (b as any) : c) as D",
  "const r = (x: number):\n number => x",
  "const s = (): // why\n void => {}",
  "const p = <const T\n,>(x: T) => x as any",
  "const pp = async <T\n>(\n x: T):\n Promise<T> => x",
  "f<string>",
  "q = (a?.b!.c<T>(d))",
  "export_ = import_ as any",
  "var m1 = n1 as any, m2 = n2 as any",
  "return_: for (const k in o as any) (k as any)",
  "const fn = function <T>(this: void, x: T): T { return x as any as T }",
  "yield_ = x => y as any",
  "const big = (x as unknown as Record<string, () => void>)['y']()",
];

/** What may follow: the traps are where a statement could join the next one. */
const endings: readonly string[] = [
  ";\n",
  "\n",
  "\n(1 as any);\n",
  "\n[0].length;\n",
  "\n`x`;\n",
  "\n+1;\n",
  "\n/re/g;\n",
  " // end\n",
  "\n/* a\n b */\n",
  "\n++n\n",
];

/** Programs of these statements, each a block of its own, so that any names may meet. */
export const typedProgram: Arbitrary<string> = array(
  tuple(constantFrom(...typedStatements), constantFrom(...endings)),
  { minLength: 1, maxLength: 4 },
).map((parts) => parts.map(([statement, ending]) => `{ ${statement}${ending}}`).join("\n"));
