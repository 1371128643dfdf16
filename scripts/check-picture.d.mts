export function runCheck(): Promise<string>;
export function draw(command: string, output: string): string;
