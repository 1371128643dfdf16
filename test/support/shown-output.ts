/**
 * Names on a page that have other values here: shown text by its value in this run. A port that a page shows in one
 * block's output is the same port in the next block's command.
 */
export type Names = Map<string, string>;

interface Wild {
  /** Matches the text on the page. */
  readonly shown: RegExp;
  /** Pattern of its replacements. */
  readonly actual: string;
  /** Whether the same text has the same meaning elsewhere on the page. */
  readonly isName?: boolean;
}

/** Text that differs at each run. All other text of a page must match, including counts of items and requests. */
const wilds: readonly Wild[] = [
  { shown: /…/, actual: ".*?" },
  {
    shown: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/,
    actual: "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(?:Z|[+-]\\d\\d:\\d\\d)",
  },
  { shown: /\d{8}T\d{6}Z-[\da-f]{4}/, actual: "\\d{8}T\\d{6}Z-[\\da-f]{4}" },
  { shown: /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z\d]{8,}/, actual: "(?:AKIA|ASIA|AROA|AIDA)[A-Z\\d]+" },
  { shown: /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/, actual: "[\\da-f-]{36}" },
  { shown: /\b(?=[\da-f]*\d)[\da-f]{16,}\b/, actual: "[\\da-f]{6,}" },
  { shown: /(?<=127\.0\.0\.1:|\[::1\]:|localhost:|port: )\d{2,5}/, actual: "\\d{2,5}", isName: true },
  {
    shown: /\/run\/user\/\d+\/rolesanywhere-ts-\w{6}|\/tmp\/rolesanywhere-ts-[\w-]+/,
    actual: "/\\S*?/rolesanywhere-ts-[\\w-]+",
    isName: true,
  },
  // Sizes and durations; a number next to any other word is a count and must be right.
  { shown: /\b\d[\d,.]*(?= (?:ms|s|min|minutes|h|B|kB|KB|MB|GB|KiB|MiB|GiB|RCU)\b)/, actual: "[\\d,.]+" },
];

const anyWild = new RegExp(wilds.map(({ shown }, index) => `(?<w${index}>${shown.source})`).join("|"), "g");
const lineOfDots = /^\s*…\s*$/;

/**
 * Compares a command's output with what a page shows.
 *
 * @param names Known names must have their earlier values; new ones are added.
 * @returns The difference; undefined if there is none.
 */
export function compareOutput(shown: string, actual: string, names: Names): string | undefined {
  const expected = tidy(shown).split("\n");
  const found = tidy(actual).split("\n");
  const fresh: Names = new Map();
  let row = 0;
  for (const [index, line] of expected.entries()) {
    if (lineOfDots.test(line)) {
      const next = expected[index + 1];
      const rest = found.slice(row).findIndex((text) => next !== undefined && matchLine(next, text, names, new Map()));
      row = rest === -1 ? found.length : row + rest;
      continue;
    }
    const text = found[row++];
    if (text === undefined) return `line ${index + 1} is missing: ${line}`;
    if (!matchLine(line, text, names, fresh)) return `line ${index + 1}\n  shown: ${line}\n  found: ${text}`;
  }
  if (row < found.length) return `not shown: ${found[row]}`;
  for (const [name, value] of fresh) names.set(name, value);
  return undefined;
}

function matchLine(shown: string, actual: string, names: Names, fresh: Names): boolean {
  const groups: string[] = [];
  let pattern = "";
  let end = 0;
  const literal = (text: string) => {
    pattern += escape(replaceNames(text, names));
  };
  for (const match of shown.matchAll(anyWild)) {
    literal(shown.slice(end, match.index));
    end = match.index + match[0].length;
    const kind = wilds.findIndex((_, index) => match.groups?.[`w${index}`] !== undefined);
    const { actual: wild, isName = false } = wilds[kind] as Wild;
    const known = isName ? (names.get(match[0]) ?? fresh.get(match[0])) : undefined;
    if (isName && known === undefined) groups.push(match[0]);
    pattern += known === undefined ? `${isName ? "(" : "(?:"}${wild})` : escape(known);
  }
  literal(shown.slice(end));
  const match = new RegExp(`^${pattern}$`).exec(actual);
  for (const [index, name] of groups.entries()) if (match !== null) fresh.set(name, match[index + 1] as string);
  return match !== null;
}

/** Replaces names in a text of the page by their values in this run. */
export function replaceNames(text: string, names: Names): string {
  let replaced = text;
  for (const [name, value] of [...names].sort(([one], [other]) => other.length - one.length)) {
    // A number matches only as a whole: port 80 is not part of 8080.
    const isNumber = /^\d+$/.test(name);
    replaced = replaced.replaceAll(isNumber ? new RegExp(`(?<!\\d)${name}(?!\\d)`, "g") : name, () => value);
  }
  return replaced;
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

function tidy(text: string): string {
  return text.replaceAll(/[ \t]+$/gm, "").trim();
}
