// `rolesanywhere-ts/readers`
export { readArchive } from "../library/readers/read-archive.js";
export type { ArchivePlace, ReadArchiveOptions, ReadingConnection } from "../library/readers/read-archive.js";
export { scanTable } from "../library/readers/scan-table.js";
export type { Item, ItemForm, JsonValue, ScanTableOptions } from "../library/readers/scan-table.js";
export { readTableExport } from "../library/readers/read-table-export.js";
export type { ReadTableExportOptions } from "../library/readers/read-table-export.js";
export type { Cell, Row } from "../readers/rows/objects.js";
export type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
