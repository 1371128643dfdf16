import { strip } from "./reading.js";
import type { Profiles, Reading, SharedTexts } from "./reading.js";

type Sections = Map<string, Map<string, string>>;

/**
 * Parses the files as the AWS SDK for Go v2 does: ignores what it does not know, ends keys at `:` as well as `=`, and
 * removes quotation marks around values.
 */
export function readAsGo({ config = "", credentials = "" }: SharedTexts): Reading {
  const own = [...parse(credentials)].filter(([name]) => !name.startsWith("profile "));
  return { kind: "read", config: profilesOf(parse(config)), credentials: new Map(own) };
}

function parse(text: string): Sections {
  const sections: Sections = new Map();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  let isBlock = false;
  const set = (name: string, value: string) => {
    if (section === undefined) return;
    [key, isBlock] = [name.toLowerCase(), false];
    section.set(key, value);
  };
  for (const line of text.split("\n")) {
    if (strip(line) === "" || /^[ \t]*[#;]/.test(line)) continue;
    const header = headerOf(line);
    const isIndented = /^[ \t]/.test(line);
    const property = splitProperty(isIndented ? line : withoutComment(line));
    const standing = key === undefined ? undefined : section?.get(key);
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
      key = undefined;
    } else if (property !== undefined) {
      const [name, value] = property;
      if (!isIndented) set(name, unquote(value));
      else if (key === undefined || (standing !== "" && !isBlock)) set(name, strip(withoutComment(unquote(value))));
      else isBlock = true;
    } else if (isIndented && key !== undefined && (standing ?? "") !== "" && !isBlock) {
      section?.set(key, `${standing ?? ""}\n${line.replace(/^[ \t]+/, "")}`);
    }
  }
  return sections;
}

function headerOf(line: string): string | undefined {
  const bracketed = /^\[(.*)\]$/s.exec(strip(line.replace(/[#;].*$/s, "")))?.[1];
  if (bracketed === undefined) return undefined;
  const [, kind, name] = /^([^ \t]+)[ \t]+(.+)$/s.exec(strip(bracketed)) ?? [];
  return kind === undefined || name === undefined ? strip(bracketed) : `${kind} ${name}`;
}

function withoutComment(line: string): string {
  return [" #", " ;", "\t#", "\t;"].reduce((left, mark) => left.split(mark)[0] ?? "", line);
}

function splitProperty(line: string): readonly [key: string, value: string] | undefined {
  const at = line.search(/[=:]/);
  return at === -1 ? undefined : [strip(line.slice(0, at)), strip(line.slice(at + 1))];
}

function unquote(value: string): string {
  return /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value;
}

/** `[profile default]` replaces `[default]`. */
function profilesOf(sections: Sections): Profiles {
  const plain = [...sections].filter(([name]) => name.toLowerCase() === "default");
  const named = [...sections].filter(([name]) => name.startsWith("profile "));
  return new Map([...plain, ...named.map(([name, keys]) => [name.slice("profile ".length), keys] as const)]);
}
