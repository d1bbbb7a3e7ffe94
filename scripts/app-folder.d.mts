export function writeAppFolder(built: string, folder: string): Promise<void>;
