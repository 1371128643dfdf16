import type { HeaderFields } from "../aws/http/header-fields.js";
import { holdsKeyText } from "../aws/inline-value.js";
import { redactUrls } from "../aws/redact-url.js";
import { namesSecret } from "../aws/secret-names.js";

const mask = "***";

/** Redacts a header's value for a trace. */
export function redactHeader(name: string, value: string): string {
  // The scope and the access key ID are not secret, and they help to debug.
  if (name.toLowerCase() === "authorization")
    return value.replace(/^(AWS4\S+ .*Signature=).*$|^(\S+ ).*$|^\S+$/s, keepScheme);
  if (/^(?:www|proxy)-authenticate$/i.test(name)) return value;
  if (namesSecret(name) || holdsKeyText(value) || /^(?:Bearer|Basic|Digest) |\beyJ[\w-]{8,}\./i.test(value))
    return mask;
  return redactUrls(value);
}

function keepScheme(_: string, signed: string | undefined, scheme: string | undefined): string {
  return `${signed ?? scheme ?? ""}${mask}`;
}

export function redactHeaders(fields: HeaderFields): HeaderFields {
  return fields.map(([name, value]) => [name, redactHeader(name, value)] as const);
}

/** Redacts a canonical request, a request target or a URL. */
export function redactText(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/s.exec(line) ?? [];
      return name === undefined || value?.startsWith("//") === true
        ? redactUrls(line)
        : `${name}:${redactHeader(name, value ?? "")}`;
    })
    .join("\n");
}
