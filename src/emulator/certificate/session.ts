import { createHash } from "node:crypto";
import type { ParsedCertificate } from "./reader.js";
import { attribute, decodeDirectoryName } from "./distinguished-name.js";
import type { DistinguishedName } from "./distinguished-name.js";

/** The serial in lower-case hex with an even number of digits: the default role session name. */
export function serialHex({ serial }: ParsedCertificate): string {
  const magnitude = (serial < 0n ? -serial : serial).toString(16);
  return `${serial < 0n ? "-" : ""}${magnitude.length % 2 === 0 ? "" : "0"}${magnitude}`;
}

/** The source identity that Roles Anywhere sets: the common name, else the serial. */
export function sourceIdentityOf(leaf: ParsedCertificate): string {
  const name = leaf.subject.find(([type]) => type === "CN")?.[1];
  if (name === undefined || name.length > 64) return `ID=${serialHex(leaf)}`;
  return name.length <= 61 ? `CN=${name}` : name;
}

/** The session tags of the default attribute mapping, without values that STS refuses. */
export function sessionTagsOf(leaf: ParsedCertificate): Record<string, string> {
  const alternative = (kind: string) => leaf.alternativeNames.find(([found]) => found === kind)?.[1];
  const candidates: readonly (readonly [string, string | undefined])[] = [
    ...nameTags("x509Subject", leaf.subject),
    ...nameTags("x509Issuer", leaf.issuer),
    ["x509SAN/DNS", alternative("dns")],
    ["x509SAN/URI", alternative("uri")],
    ...nameTags("x509SAN/Name", decodeDirectoryName(leaf.generalNames)),
  ];
  const taken = candidates.filter(
    (pair): pair is readonly [string, string] =>
      pair[1] !== undefined && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(pair[1]),
  );
  return Object.fromEntries(taken);
}

/** The subject's ARN resource, the same for the same certificate subject. */
export function subjectIdOf(leaf: ParsedCertificate): string {
  const digest = createHash("sha256").update(leaf.subjectBytes).digest("hex");
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

function nameTags(prefix: string, name: DistinguishedName): readonly (readonly [string, string | undefined])[] {
  return [...new Set(name.map(([type]) => type))].map((type) => [`${prefix}/${type}`, attribute(name, type)]);
}
