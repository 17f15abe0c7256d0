/**
 * What a function of the program may return. The constraint's only work is inference: with it, TypeScript infers
 * `x => [x, 1]` as the tuple `[string, number]`, nested ones too, without `as const`.
 */
export type Shape = [Shape, Shape] | [Shape, Shape, Shape] | {} | null | undefined;

/**
 * What a fold may begin with, inferred as a {@link Shape} is. N is null or undefined by another name: a constraint that
 * names them itself makes TypeScript infer the type 0 for a zero of 0.
 */
export type Zero<N extends null | undefined> = [Shape, Shape] | [Shape, Shape, Shape] | {} | N;
