export * from "./csv-scan";
export * from "./encode-rows";
