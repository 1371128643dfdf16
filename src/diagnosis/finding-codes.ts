/** The parts of the report, in the order in which they are walked. */
export const sections = ["settings", "files", "certificate", "cache", "network", "aws", "methods"] as const;

export type Section = (typeof sections)[number];

/** Every finding's code with its part of the report; docs/troubleshooting.md has an entry for each. Codes are stable. */
export const findingCodes = {
  SETTINGS: "settings",
  SETTINGS_ARNS: "settings",
  SETTINGS_REGION: "settings",
  SETTINGS_HOPS: "settings",
  COMPETING_SOURCES: "settings",
  SDK_SOURCES: "settings",
  PROFILE_COMMAND: "settings",
  PROFILE_EXECUTABLE: "settings",
  CERTIFICATE_FILE: "files",
  KEY_FILE: "files",
  INTERMEDIATES_FILE: "files",
  SECRET_FILE_MODE: "files",
  FILE_LINK: "files",
  CERTIFICATE: "certificate",
  CERTIFICATE_VERSION: "certificate",
  CERTIFICATE_VALIDITY: "certificate",
  CERTIFICATE_AUTHORITY: "certificate",
  KEY_USAGE: "certificate",
  EXTENDED_KEY_USAGE: "certificate",
  CERTIFICATE_SUBJECT: "certificate",
  CERTIFICATE_EXTENSIONS: "certificate",
  CERTIFICATE_SIGNATURE: "certificate",
  KEY_TYPE: "certificate",
  CERTIFICATE_SERIAL: "certificate",
  KEY: "certificate",
  KEY_MATCH: "certificate",
  CHAIN: "certificate",
  CHAIN_LENGTH: "certificate",
  CHAIN_VALIDITY: "certificate",
  TRUST_ANCHOR: "certificate",
  SESSION_TAGS: "certificate",
  CACHE_FOLDER: "cache",
  CACHE_ENTRY: "cache",
  NAME_RESOLUTION: "network",
  PROXY: "network",
  CONNECTION: "network",
  TLS: "network",
  CLOCK: "network",
  CREATE_SESSION: "aws",
  SESSION_LENGTH: "aws",
  HOP: "aws",
  CALLER_IDENTITY: "aws",
  METHOD: "methods",
} as const satisfies Record<string, Section>;

export type FindingCode = keyof typeof findingCodes;
