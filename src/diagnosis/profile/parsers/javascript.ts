import type { Profiles, Reading, SharedTexts } from "./reading.js";

/** Parses the files as the AWS SDK for JavaScript does: line by line, and ignores what it does not know. */
export function readAsJavaScript({ config = "", credentials = "" }: SharedTexts): Reading {
  return { kind: "read", config: profilesOf(parse(config) ?? new Map()), credentials: parse(credentials) ?? new Map() };
}

const prefixed = /^([\w-]+)\s(["'])?([\w-@+.%:/]+)\2$/;
const kinds: ReadonlySet<string> = new Set(["profile", "sso-session", "services"]);

function parse(text: string): Map<string, Map<string, string>> | undefined {
  const sections = new Map<string, Map<string, string>>();
  let section: string | undefined;
  let block: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [before = ""] = line.split(/(?:^|\s)[;#]/);
    const trimmed = before.trim();
    if (trimmed.startsWith("[") && trimmed.endsWith("]")) {
      const name = trimmed.slice(1, -1);
      if (name === "__proto__" || name === "profile __proto__") return undefined;
      [section, block] = [sectionOf(name), undefined];
      continue;
    }
    const equals = trimmed.indexOf("=");
    if (section === undefined || section === "" || equals <= 0) continue;
    const [key, value] = [trimmed.slice(0, equals).trim(), trimmed.slice(equals + 1).trim()];
    if (value === "") {
      block = key;
      continue;
    }
    if (block !== undefined && line.trimStart() === line) block = undefined;
    const keys = sections.get(section) ?? new Map<string, string>();
    keys.set(block === undefined ? key : `${block}.${key}`, value);
    sections.set(section, keys);
  }
  return sections;
}

function sectionOf(name: string): string | undefined {
  const match = prefixed.exec(name);
  if (match === null) return name;
  const [, kind = "", , rest = ""] = match;
  return kinds.has(kind) ? `${kind}.${rest}` : undefined;
}

function profilesOf(sections: ReadonlyMap<string, ReadonlyMap<string, string>>): Profiles {
  const plain = sections.get("default");
  return new Map([
    ...(plain === undefined ? [] : [["default", plain] as const]),
    ...[...sections].flatMap(([name, keys]) =>
      name.startsWith("profile.") ? [[name.slice("profile.".length), keys] as const] : [],
    ),
  ]);
}
