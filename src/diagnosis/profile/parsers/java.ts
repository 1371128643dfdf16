import { ParseFault, readEach, strip } from "./reading.js";
import type { Reading, SharedTexts } from "./reading.js";

type Sections = Map<string, Map<string, string>>;
type Kind = keyof SharedTexts;

/** Parses the files as the AWS SDK for Java 2.x does, which refuses a whole file for a malformed line. */
export function readAsJava(texts: SharedTexts): Reading {
  return readEach(texts, parse);
}

const identifier = /^[\w\-/.%@:+]*$/;

function parse(text: string, kind: Kind): Sections {
  const sections: Sections = new Map();
  let section: Map<string, string> | undefined;
  let isPassedOver = false;
  let key: string | undefined;
  let isBlock = false;
  let seenNamedDefault = false;
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const refuse = (reason: string) => new ParseFault(index + 1, reason);
    if (/^[\t ]*$/.test(line) || /^[#;]/.test(line)) continue;
    if (line.startsWith("[")) {
      const header = /^\[(.*)\]$/s.exec(strip(line.replace(/[#;].*$/s, "")))?.[1];
      if (header === undefined) throw refuse('a section header without its "]"');
      const isNamed = /^profile[ \t]/.test(strip(header));
      const name = profileOf(strip(header), kind);
      const isLesser = kind === "config" && name === "default" && !isNamed && seenNamedDefault;
      isPassedOver = name === undefined || isLesser;
      if (name === undefined || isLesser) continue;
      if (kind === "config" && name === "default" && isNamed && !seenNamedDefault) {
        sections.delete(name);
        seenNamedDefault = true;
      }
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      key = undefined;
    } else if (isPassedOver) {
      continue;
    } else if (/^[ \t]/.test(line)) {
      if (section === undefined || key === undefined) throw refuse("an indented line without a key above it");
      if (isBlock && !line.includes("=")) throw refuse('an indented line without "="');
      section.set(key, `${section.get(key) ?? ""}\n${strip(line)}`);
    } else {
      if (section === undefined) throw refuse("text before the first section");
      const content = strip(line.replace(/[ \t][#;].*$/s, ""));
      const at = content.indexOf("=");
      if (at === -1) throw refuse('a line without "="');
      const name = strip(content.slice(0, at));
      if (name === "") throw refuse('a line without a key before its "="');
      // A key with an invalid name is ignored.
      if (!identifier.test(name)) continue;
      key = name;
      isBlock = strip(content.slice(at + 1)) === "";
      section.set(key, strip(content.slice(at + 1)));
    }
  }
  return sections;
}

function profileOf(header: string, kind: Kind): string | undefined {
  const name = kind === "credentials" ? header : /^profile[ \t](.*)$/s.exec(header)?.[1];
  const found = (name === undefined ? undefined : strip(name)) ?? (header === "default" ? header : undefined);
  return found !== undefined && identifier.test(found) ? found : undefined;
}
