declare const ROLESANYWHERE_TS_VERSION: string;

/** The package's version. The build inserts it. */
export const version: string =
  typeof ROLESANYWHERE_TS_VERSION === "string" ? ROLESANYWHERE_TS_VERSION : "0.0.0-unbuilt";
