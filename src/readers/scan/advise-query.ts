import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { TableDescription } from "../dynamodb/table.js";
import type { ScanRequest } from "./request.js";

/** Returns what to say when a filter leaves the items of one key: a scan reads the whole table all the same. */
export function adviseQuery({ fixedAttributes, index }: ScanRequest, description: TableDescription): Text | undefined {
  const others = description.indexes.filter(({ isWhole }) => isWhole);
  const suited = [{ name: index, keys: description.keys }, ...others].find(({ keys }) => {
    const partition = keys.filter(({ role }) => role === "partition");
    return partition.length > 0 && partition.every(({ name }) => fixedAttributes.includes(name));
  });
  if (suited === undefined) return undefined;
  const names = suited.keys.filter(({ role }) => role === "partition").map(({ name }) => name);
  const flags = suited.name === undefined ? "" : message`${setting("index", suited.name)} `;
  const condition = names.map((name) => `${name} = …`).join(" and ");
  return message`${setting("where")} is applied to every item of the table; ${flags}${setting("key")} '${condition}' reads the items of this key alone`;
}
