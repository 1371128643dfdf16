/** The inputs of the process besides its arguments; read once, in `cli.ts`. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly workingDirectory: string;
  readonly platform: NodeJS.Platform;
}

/** Finds a variable by name. Windows ignores the case of names, and calls PATH `Path`. */
export function findVariable(
  variables: Environment["variables"],
  name: string,
  platform: NodeJS.Platform,
): string | undefined {
  if (platform !== "win32") return variables[name];
  const wanted = name.toLowerCase();
  return Object.entries(variables).find(([found, value]) => found.toLowerCase() === wanted && value !== undefined)?.[1];
}
