import { UsageError } from "../errors.js";

export type NameFilter = (name: string) => boolean;

/**
 * Reads a glob: `*` and `?` within a folder, `**` across folders, `[abc]`, `{a,b}`. One without a slash is held against
 * the last part of a name, wherever that stands.
 *
 * @param flag How an error names where the glob came from.
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseGlob(glob: string, flag: string, anyCase = false): NameFilter {
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${translate(glob)})$`, anyCase ? "isu" : "su");
  } catch (cause) {
    throw new UsageError("ERR_ARGUMENT", `${flag} has a glob that cannot be read: "${glob}"`, {
      cause,
      hints: ["close every [ and {; put a backslash before a character that stands for itself"],
    });
  }
  if (glob.includes("/")) return (name) => pattern.test(name);
  return (name) => pattern.test(name.slice(name.lastIndexOf("/") + 1));
}

const pieces = /\\(.)|\*\*\/|\*\*|\*|\?|\[(!?)((?:\\.|[^\]\\])+)\]|\{|\}|,|[^\\*?[{},]+|./gsu;

function translate(glob: string): string {
  let depth = 0;
  return glob.replace(pieces, (piece: string, escaped?: string, negated?: string, set?: string) => {
    if (escaped !== undefined) return literal(escaped);
    if (set !== undefined) return `[${negated === "!" ? "^/" : ""}${set.replace(/[[^&~]/g, "\\$&")}]`;
    switch (piece) {
      case "**/":
        return "(?:.*/)?";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth++;
        return "(?:";
      case "}":
        depth--;
        return depth < 0 ? "\\}" : ")";
      case ",":
        return depth > 0 ? "|" : ",";
      default:
        return literal(piece);
    }
  });
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
