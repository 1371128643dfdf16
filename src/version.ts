declare const ROLESANYWHERE_TS_VERSION: string;

/** The package's version; written in by the build. */
export const version: string =
  typeof ROLESANYWHERE_TS_VERSION === "string" ? ROLESANYWHERE_TS_VERSION : "0.0.0-unbuilt";
