/**
 * What a person reads, made where it is shown: the command line says `--private-key`, the library `privateKey`. A text that
 * names no setting is a plain string; it and every value in a {@link message} are shown as they are.
 */
export type Text = string | Message;

/** Something that surfaces call differently. */
type Reference =
  | { readonly setting: string; readonly example: string | number | boolean | undefined }
  | { readonly variable: string }
  | { readonly commandLine: Text; readonly library: Text };

/**
 * What a hint holds responsible: the leaf with its key and validity, this machine's clock, the chain's end, what a session
 * carries over into the next one.
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

  /** As the command line shows it. */
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

/** A setting by the name of its flag without dashes; with an example it is shown with that value. */
export function setting(name: string, example?: string | number | boolean): Message {
  return new Message([{ setting: name, example }]);
}

/** The environment variable of a setting. A library reads none: it names its option. */
export function variable(name: string): Message {
  return new Message([{ variable: name }]);
}

/** A hint that has no point once its suspect is cleared. */
export function suspecting(suspect: Suspect, hint: Text): Message {
  return new Message(typeof hint === "string" ? [hint] : hint.parts, suspect);
}

export function suspectOf(hint: Text): Suspect | undefined {
  return typeof hint === "string" ? undefined : hint.suspect;
}

/** What one surface says in another way than the other, or not at all. */
export function perSurface(texts: { readonly commandLine: Text; readonly library: Text }): Message {
  return new Message([texts]);
}

/** What makes sense to a person at a command line alone. */
export function onCommandLine(text: Text): Message {
  return perSurface({ commandLine: text, library: "" });
}

/** `, or set ROLESANYWHERE_TS_CERTIFICATE` behind a setting's own name, which is all that a library has. */
export function orSet(...names: readonly string[]): Message {
  return onCommandLine(`, or set ${names.map(environmentName).join(" and ")}`);
}

/** What is left to do when nothing is known of a fault. */
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

/** Next steps, without those that the surface has no use for. */
export function renderHints(hints: readonly Text[], surface?: Surface): readonly string[] {
  return hints.map((hint) => renderText(hint, surface)).filter((hint) => hint !== "");
}
