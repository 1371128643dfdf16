export function publishedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown>;
export function packPackage(source: string, destination: string, env?: Readonly<NodeJS.ProcessEnv>): string;
