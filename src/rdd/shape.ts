/**
 * What a function of the program may return. The constraint's only work is inference: with it, TypeScript infers
 * `x => [x, 1]` as the tuple `[string, number]`, nested ones too, without `as const`.
 */
export type Shape = [Shape, Shape] | [Shape, Shape, Shape] | {} | null | undefined;
