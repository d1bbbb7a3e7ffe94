export function parse(input: string, options?: Record<string, unknown>): unknown;
