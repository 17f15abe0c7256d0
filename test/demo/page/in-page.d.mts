export const NO_CHROMIUM: string;
export function paintedDots(): { dots: number; sum: number };
export function foreignElements(): string[];
export function focusedName(): string | null | undefined;
export function countFrames(ms: number): Promise<number>;
export function axeViolations(): Promise<string[]>;
