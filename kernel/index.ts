export * from "./csv-scan";
export { cellBytes, encodeCsv, encodeObjects, setCells } from "./encode-rows";
export * from "./columns";
