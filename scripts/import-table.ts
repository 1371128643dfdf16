// Allowed imports between rooms, as data: `npm run lint:rules` writes the linter's rules and the table of
// docs/architecture.md from it, and test/lint/import-table.test.ts proves that the linter enforces every cell.

export type Permission = "all" | "types";

/** Imports that each room may have besides itself, errors.ts and origin.ts. `types` allows no values. */
export const rooms = {
  aws: {},
  signing: { aws: "all" },
  settings: { aws: "all", identity: "types" },
  identity: { aws: "all", signing: "types" },
  vending: { aws: "all", signing: "all", settings: "types", identity: "all" },
  delivery: { aws: "all", vending: "all" },
  readers: { aws: "all", signing: "all" },
  request: { aws: "all", signing: "all" },
  diagnosis: { aws: "all", signing: "all", settings: "types", identity: "all", vending: "all" },
  renewal: { aws: "all", identity: "all", vending: "all", diagnosis: "all" },
  emulator: { aws: "all" },
  library: {
    aws: "all",
    signing: "all",
    settings: "all",
    identity: "all",
    vending: "all",
    delivery: "all",
    readers: "all",
    request: "all",
    emulator: "all",
  },
  commands: {
    aws: "all",
    signing: "all",
    settings: "all",
    identity: "all",
    vending: "all",
    delivery: "all",
    readers: "all",
    request: "all",
    diagnosis: "all",
    renewal: "all",
    emulator: "all",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Permission>>>>;

export type Room = keyof typeof rooms;

interface RestrictedPackage {
  readonly names: readonly string[];
  readonly files: readonly string[];
  readonly message: string;
}

/** Packages that only one place may import. */
export const packages: readonly RestrictedPackage[] = [
  {
    names: ["yargs", "yargs/*"],
    files: ["src/commands/line/option-help.ts"],
    message: "yargs lays out help in src/commands/line/option-help.ts alone",
  },
  {
    names: ["node-forge"],
    files: ["src/identity/pkcs12/*.ts"],
    message: "node-forge belongs to src/identity/pkcs12/*.ts alone, loaded there when needed",
  },
  {
    names: ["@aws-sdk/client-s3", "@aws-sdk/client-dynamodb", "@aws-sdk/util-dynamodb"],
    files: ["src/readers/**/*.ts"],
    message: "the S3 and DynamoDB clients belong to src/readers/ alone",
  },
  {
    names: ["pkcs11js"],
    files: ["src/identity/pkcs11/*.ts"],
    message: "the native module belongs to src/identity/pkcs11/*.ts alone",
  },
  {
    names: ["@smithy/signature-v4", "@smithy/signature-v4a"],
    files: ["test/**"],
    message: "src/signing/ signs every request; the SDK's signer is the tests' second opinion",
  },
];
