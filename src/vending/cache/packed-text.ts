import { Message } from "../../message.js";
import type { Text } from "../../message.js";

/**
 * Reads a text from JSON. Another surface than the one that wrote it can show it.
 *
 * @throws TypeError for anything else
 */
export function unpackText(packed: unknown): Text {
  if (typeof packed === "string") return packed;
  const { parts } = asObject(packed);
  if (!Array.isArray(parts)) throw new TypeError("a text without parts");
  return new Message(parts.map(unpackPart));
}

function unpackPart(packed: unknown): Message["parts"][number] {
  if (typeof packed === "string") return packed;
  const { setting, example, variable, commandLine, library } = asObject(packed);
  if (typeof setting === "string") return { setting, example: isExample(example) ? example : undefined };
  if (typeof variable === "string") return { variable };
  return { commandLine: unpackText(commandLine), library: unpackText(library) };
}

function isExample(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new TypeError("neither a text nor a part of one");
  return value as Readonly<Record<string, unknown>>;
}
