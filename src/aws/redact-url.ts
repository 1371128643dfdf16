import { namesSecret } from "./secret-names.js";

const mask = "***";

/** Removes user names, passwords, tokens, keys and signatures from URLs and request targets in a text. */
export function redactUrls(text: string): string {
  return text
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/|^\/\/)[^/?#\s@]*(?:@[^/?#\s@]*)*@/gim, `$1${mask}@`)
    .replaceAll(/(^|[\s"'])[^\s/@"':]+:[^\s/@"']*@/g, `$1${mask}@`)
    .replaceAll(/([^\s&?#;,"'=]+)=([^\s&#;,"']*)/g, (pair, name: string) =>
      namesSecret(decode(name)) ? `${name}=${mask}` : pair,
    );
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
