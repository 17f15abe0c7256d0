/** Types as assertions; the compiler is the test runner. */

/** Whether two types are the same, not only assignable to each other. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `is<Expected>()(value)` compiles only where the type of `value` is exactly `Expected`. */
export declare function is<Expected>(): <Actual>(
  value: Actual,
  ...mismatch: Equal<Actual, Expected> extends true
    ? []
    : [mismatch: { readonly expected: Expected; readonly actual: Actual }]
) => void;

// The assertion itself sees what it is for.
is<number>()(1 as number);
// @ts-expect-error wider than expected
is<number>()(1 as number | string);
// @ts-expect-error narrower than expected
is<number | string>()(1 as number);
// @ts-expect-error any is not number
is<number>()(JSON.parse("1"));
// @ts-expect-error a readonly tuple is not a tuple
is<[number, string]>()([1, ""] as readonly [number, string]);
