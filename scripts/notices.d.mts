export function noticesOf(folders: readonly string[]): Promise<string>;
