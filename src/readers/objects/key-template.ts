import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";

/** A calendar day without a time zone. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** @throws UsageError `ERR_ARGUMENT` when the text is not a calendar day. */
export function parseDay(text: string, subject: Text): Day {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const parsed = { year: Number(year), month: Number(month), day: Number(day) };
  if (year === undefined || formatDay(addDays(parsed, 0)) !== text) {
    throw new UsageError("ERR_ARGUMENT", message`${subject} is not a calendar day: "${text}"`, {
      hints: [message`write it as YYYY-MM-DD: ${subject} 2024-01-15`],
    });
  }
  return parsed;
}

export const formatDay = ({ year, month, day }: Day): string => `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;

/** Lists every day of a range, both ends included. @throws UsageError `ERR_ARGUMENT` */
export function daysBetween(from: Day, to: Day): readonly Day[] {
  const days: Day[] = [];
  const end = midnightOf(to);
  if (midnightOf(from) > end) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`${setting("from")} ${formatDay(from)} is later than ${setting("to")} ${formatDay(to)}`,
      {
        hints: ["exchange the two"],
      },
    );
  }
  for (let day = from; midnightOf(day) <= end; day = addDays(day, 1)) days.push(day);
  return days;
}

function addDays({ year, month, day }: Day, count: number): Day {
  const date = new Date(midnightOf({ year, month, day: day + count }));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

function dayOfYear(day: Day): number {
  return (midnightOf(day) - midnightOf({ ...day, month: 1, day: 1 })) / 86_400_000 + 1;
}

/** Date.UTC reads the years 0-99 as 1900-1999, so the year is set on its own. */
const midnightOf = ({ year, month, day }: Day): number => new Date(0).setUTCFullYear(year, month - 1, day);

const fields: Readonly<Record<string, (day: Day) => string>> = {
  date: formatDay,
  yyyy: ({ year }) => pad(year, 4),
  yy: ({ year }) => pad(year % 100, 2),
  mm: ({ month }) => pad(month, 2),
  dd: ({ day }) => pad(day, 2),
  doy: (day) => pad(dayOfYear(day), 3),
};

/** The strftime directives that depend only on the day and mean the same in every locale. */
const directives: Readonly<Record<string, (day: Day) => string>> = {
  Y: ({ year }) => pad(year, 4),
  y: ({ year }) => pad(year % 100, 2),
  m: ({ month }) => pad(month, 2),
  d: ({ day }) => pad(day, 2),
  e: ({ day }) => String(day).padStart(2, " "),
  j: (day) => pad(dayOfYear(day), 3),
  F: formatDay,
  "%": () => "%",
};

export interface TemplateValues {
  readonly folder: string | undefined;
  readonly day: Day | undefined;
}

/**
 * Fills a template of keys: `{folder}`, `{date}`, `{yyyy}`, `{yy}`, `{mm}`, `{dd}`, `{doy}` and `{date:%Y%m%d}`. Write
 * a literal brace twice.
 *
 * @throws UsageError `ERR_ARGUMENT` for an unknown field or one without a value.
 */
export function fillKeyTemplate(template: string, { folder, day }: TemplateValues): string {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (text, field?: string) => {
    if (text === "{{" || text === "}}") return text.slice(1);
    if (field === undefined) throw unusable(template, `an unmatched "${text}"`, "double a brace that is meant");
    if (field === "folder") {
      if (folder === undefined)
        throw unusable(
          template,
          message`{folder}, but ${setting("folder")} is not given`,
          message`give ${setting("folder")}`,
        );
      return folder.replace(/\/+$/, "");
    }
    const format = field.startsWith("date:")
      ? (value: Day) => formatDirectives(template, field.slice(5), value)
      : fields[field];
    if (format === undefined) {
      throw unusable(
        template,
        `the unknown field {${field}}`,
        `known are {folder}, {${Object.keys(fields).join("}, {")}} and {date:%Y%m%d}`,
      );
    }
    if (day === undefined)
      throw unusable(
        template,
        `{${field}}, but no day is given`,
        message`give ${setting("date")}, or ${setting("from")} and ${setting("to")}`,
      );
    return format(day);
  });
}

function formatDirectives(template: string, format: string, day: Day): string {
  return format.replace(/%(.?)/g, (text, letter: string) => {
    const directive = directives[letter];
    if (directive === undefined) {
      throw unusable(template, `the unknown directive ${text}`, `known are %${Object.keys(directives).join(", %")}`);
    }
    return directive(day);
  });
}

function unusable(template: string, found: Text, hint: Text): UsageError {
  return new UsageError("ERR_ARGUMENT", message`${setting("key-template")} "${template}" has ${found}`, {
    hints: [hint],
  });
}
