// src/identity/asn1/der.ts with native object identifiers: QuickJS takes long for arithmetic of any length.
import { oidOf as readOid, tags } from "../identity/asn1/der.js";
import type { Element } from "../identity/asn1/der.js";
import { host } from "./host.js";

export * from "../identity/asn1/der.js";

export function oidOf(element: Element | undefined, what: string): string {
  const usual = element?.tag === tags.oid ? host.formatOid(element.content) : undefined;
  return usual ?? readOid(element, what);
}
