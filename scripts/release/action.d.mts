export function makeAction(folder: string): string;
