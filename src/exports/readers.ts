// `rolesanywhere-ts/readers`
export { readArchive } from "../library/readers/read-archive.js";
export { scanTable } from "../library/readers/scan-table.js";
export { readTableExport } from "../library/readers/read-table-export.js";
export type {
  Item,
  ItemForm,
  JsonValue,
  ReadArchiveOptions,
  ReadingConnection,
  ReadTableExportOptions,
  ScanTableOptions,
} from "../library/readers/options.js";
export type { ArchivePlace } from "../readers/objects/query.js";
export type { Cell, Row } from "../readers/rows/objects.js";
export type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
