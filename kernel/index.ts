export * from "./csv-scan";
export { cellBytes, encodeCsv, encodeObjects, setCells } from "./encode-rows";
export * from "./columns";
export { convertItems, itemCount, itemsAt, linesEnd, notesEnd, setItemNotes, setItemStyle } from "./items";
