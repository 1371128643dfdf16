import { ParseFault, readEach } from "./reading.js";
import type { Reading, SharedTexts } from "./reading.js";

/**
 * Parses the files as the AWS SDK for .NET does. Each line must be a section, be a comment, or have a `=`, else the
 * file is refused. The first section of a name is the profile, unless it has a key twice.
 */
export function readAsDotnet(texts: SharedTexts): Reading {
  return readEach(texts, parse);
}

function parse(text: string, kind: keyof SharedTexts): Map<string, Map<string, string>> {
  const sections: { readonly header: string; readonly keys: Map<string, string>; hasTwice: boolean }[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  // A key without a value, followed by a blank or indented line, starts a nested block. It does not count as a key of the
  // section.
  let inBlock = false;
  for (const [index, whole] of lines.entries()) {
    const line = whole.trim();
    const isNested: boolean = inBlock && isBlankOrIndented(whole);
    if (line === "" || /^[#;]/.test(line)) {
      inBlock = isNested;
      continue;
    }
    const header = /^\[(.*)\]$/s.exec(line)?.[1]?.trim();
    const at = line.indexOf("=");
    if (header === undefined && at === -1)
      throw new ParseFault(index + 1, "no section, no comment, and no key with its value");
    if (header !== undefined) {
      sections.push({ header, keys: new Map(), hasTwice: false });
      inBlock = false;
      continue;
    }
    const section = sections.at(-1);
    inBlock = isNested;
    if (section === undefined || isNested) continue;
    const key = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    section.hasTwice ||= section.keys.has(key);
    inBlock = value === "" && isBlankOrIndented(lines[index + 1] ?? "x");
    if (!inBlock) section.keys.set(key, value);
  }
  const found = new Map<string, Map<string, string>>();
  // `[NAME]` takes precedence over `[profile NAME]`. In the config file, only `[default]` may omit `profile`.
  for (const nameOf of [(header: string) => plainName(header, kind), namedProfile]) {
    const seen = new Set(found.keys());
    for (const { header, keys, hasTwice } of sections) {
      const name = nameOf(header);
      if (name === undefined || seen.has(name)) continue;
      seen.add(name);
      if (!hasTwice) found.set(name, keys);
    }
  }
  return found;
}

function isBlankOrIndented(line: string): boolean {
  return /^\s|^$/.test(line);
}

function plainName(header: string, kind: keyof SharedTexts): string | undefined {
  return kind === "credentials" || header === "default" ? header : undefined;
}

function namedProfile(header: string): string | undefined {
  return /^profile[ \t]+(.+)$/s.exec(header)?.[1];
}
