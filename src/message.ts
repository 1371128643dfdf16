/**
 * A text for people, rendered where it is shown: the command line says `--private-key`, the library `privateKey`. A
 * text without a setting is a plain string. Strings, and values in a {@link message}, are shown unchanged.
 */
export type Text = string | Message;

/** A part that each surface names differently. */
type Reference =
  | { readonly setting: string; readonly example: string | number | boolean | undefined }
  | { readonly variable: string }
  | { readonly commandLine: Text; readonly library: Text };

/**
 * The likely cause behind a hint: the certificate with its key and validity, the local clock, the end of the chain, or
 * the attributes that role chaining passes on.
 */
export type Suspect = "certificate" | "clock" | "trustAnchor" | "carriedOver";

/** A text in parts. */
export class Message {
  readonly parts: readonly (string | Reference)[];
  readonly suspect: Suspect | undefined;

  constructor(parts: readonly (string | Reference)[], suspect?: Suspect) {
    this.parts = parts;
    this.suspect = suspect;
  }

  /** The text on the command line. */
  toString(): string {
    return renderText(this);
  }
}

/** Where a text is shown. */
export interface Surface {
  readonly kind: "commandLine" | "library";
  readonly nameSetting: (setting: string, example: string | number | boolean | undefined) => string;
  readonly nameVariable: (setting: string) => string;
}

const commandLine: Surface = {
  kind: "commandLine",
  nameSetting: (setting, example) =>
    example === undefined || example === true ? `--${setting}` : `--${setting} ${example}`,
  nameVariable: environmentName,
};

/** ``message`cannot read ${setting("private-key")} file "${path}"` `` */
export function message(strings: TemplateStringsArray, ...values: readonly (Text | number | bigint)[]): Message {
  return new Message(
    strings.flatMap((between, index) => {
      const value = values[index] ?? "";
      return [between, ...(value instanceof Message ? value.parts : [String(value)])];
    }),
  );
}

/** A setting, by its flag without dashes. An example is shown as its value. */
export function setting(name: string, example?: string | number | boolean): Message {
  return new Message([{ setting: name, example }]);
}

/** The environment variable of a setting. The library names its option instead, since it reads no variables. */
export function variable(name: string): Message {
  return new Message([{ variable: name }]);
}

/** A hint to drop if its suspect is fine. */
export function suspecting(suspect: Suspect, hint: Text): Message {
  return new Message(typeof hint === "string" ? [hint] : hint.parts, suspect);
}

export function suspectOf(hint: Text): Suspect | undefined {
  return typeof hint === "string" ? undefined : hint.suspect;
}

/** A text that differs between surfaces, or is missing on one. */
export function perSurface(texts: { readonly commandLine: Text; readonly library: Text }): Message {
  return new Message([texts]);
}

/** A text only for the command line. */
export function onCommandLine(text: Text): Message {
  return perSurface({ commandLine: text, library: "" });
}

/** `, or set ROLESANYWHERE_TS_CERTIFICATE` after the name of a setting. Empty in the library. */
export function orSet(...names: readonly string[]): Message {
  return onCommandLine(`, or set ${names.map(environmentName).join(" and ")}`);
}

/** The hint for an error of unknown cause. */
export const debugHint: Text = perSurface({
  commandLine: "run the command again with --debug",
  library: "see the trace with debug: console.error",
});

/** `ROLESANYWHERE_TS_TRUST_ANCHOR_ARN` for `trust-anchor-arn`. */
export function environmentName(name: string): string {
  return `ROLESANYWHERE_TS_${name.replaceAll("-", "_").toUpperCase()}`;
}

export function renderText(text: Text, surface: Surface = commandLine): string {
  if (typeof text === "string") return text;
  return text.parts
    .map((part) => {
      if (typeof part === "string") return part;
      if ("setting" in part) return surface.nameSetting(part.setting, part.example);
      return "variable" in part ? surface.nameVariable(part.variable) : renderText(part[surface.kind], surface);
    })
    .join("");
}

/** Renders hints, without those that are empty on this surface. */
export function renderHints(hints: readonly Text[], surface?: Surface): readonly string[] {
  return hints.map((hint) => renderText(hint, surface)).filter((hint) => hint !== "");
}
