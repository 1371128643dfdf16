/** What the process was given besides its arguments; read once, in `cli.ts`. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly workingDirectory: string;
  readonly platform: NodeJS.Platform;
}
