import { splitCommandLine } from "../../../aws/command-line.js";
import { ParseFault, leading, readEach, strip } from "./reading.js";
import type { Profiles, Reading, SharedTexts } from "./reading.js";

type Sections = Map<string, Map<string, string>>;

/** Parses the files as the AWS CLI and boto3 do, with Python's configparser, which refuses a whole file. */
export function readAsPython(texts: SharedTexts): Reading {
  return readEach(texts, (text, file) => (file === "config" ? profilesOf(parse(text)) : parse(text)));
}

function parse(text: string): Sections {
  const sections: Sections = new Map();
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  let section: Map<string, string[]> | undefined;
  const values = new Map<string, Map<string, string[]>>();
  let option: string | undefined;
  let indent = 0;
  let broken: ParseFault | undefined;
  for (const [index, line] of lines.entries()) {
    const value = strip(line);
    const number = index + 1;
    if (value.startsWith("#") || value.startsWith(";")) continue;
    if (value === "") {
      if (section !== undefined && option !== undefined) section.get(option)?.push("");
      continue;
    }
    const depth = line.length - line.replace(leading, "").length;
    if (section !== undefined && option !== undefined && depth > indent) {
      section.get(option)?.push(value);
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(value)?.[1];
    if (header !== undefined) {
      if (values.has(header)) throw new ParseFault(number, `[${header}] stands there twice`);
      section = new Map();
      values.set(header, section);
      option = undefined;
    } else if (section === undefined) {
      throw new ParseFault(number, "text before the first section");
    } else {
      const match = /^(.*?)\s*[=:]\s*(.*)$/.exec(value);
      if (match === null) {
        broken ??= new ParseFault(number, 'a line without "="');
        continue;
      }
      const [, name = "", rest = ""] = match;
      option = name.trimEnd().toLowerCase();
      if (section.has(option)) throw new ParseFault(number, `${option} stands there twice in one section`);
      section.set(option, [strip(rest)]);
    }
  }
  if (broken !== undefined) throw broken;
  for (const [name, options] of values)
    sections.set(name, new Map([...options].map(([key, parts]) => [key, flatten(join(parts), key)])));
  return sections;
}

/** Joins the lines of a value, without blank lines at its end. */
function join(parts: readonly string[]): string {
  return parts.join("\n").trimEnd();
}

/** Returns an empty value for a nested block, which is a value that starts on the next line. */
function flatten(value: string, key: string): string {
  if (!value.startsWith("\n")) return value;
  const isBlock = value.split("\n").every((line) => line.trim() === "" || line.includes("="));
  if (!isBlock) throw new ParseFault(0, `${key} begins in the next line`);
  return "";
}

function profilesOf(sections: Sections): Profiles {
  const profiles = new Map<string, ReadonlyMap<string, string>>();
  for (const [header, keys] of sections) {
    if (header === "default") profiles.set(header, keys);
    if (!header.startsWith("profile")) continue;
    const words = splitCommandLine(header).words ?? [];
    if (words.length === 2) profiles.set(words[1] ?? "", keys);
  }
  return profiles;
}
