import { elementsOf, parseElement, tags } from "../../identity/asn1/der.js";
import type { Element } from "../../identity/asn1/der.js";
import { parseName } from "../../identity/asn1/distinguished-name.js";
import type { DistinguishedName } from "../../identity/asn1/distinguished-name.js";
import { readExtension, readStructure } from "../../identity/certificate/structure.js";

const kinds = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, address: 0x87 } as const;

interface NameOfKind {
  readonly tag: number;
  readonly element: Element;
}

/**
 * Describes the first name of a certificate that the name constraints of an authority above it do not allow.
 *
 * @throws Asn1Error
 * @see RFC 5280 section 4.2.1.10
 */
export function findForbiddenName(authority: Uint8Array, below: Uint8Array): string | undefined {
  const value = readExtension(authority, "2.5.29.30");
  if (value === undefined) return undefined;
  const trees = elementsOf(parseElement(value));
  const basesOf = (tag: number) =>
    trees
      .filter((tree) => tree.tag === tag)
      .flatMap((tree) => elementsOf(tree).flatMap((subtree) => elementsOf(subtree).slice(0, 1)));
  const [permitted, excluded] = [basesOf(tags.context0), basesOf(tags.context0 + 1)];
  for (const name of namesOf(below)) {
    const covers = (base: Element) => base.tag === name.tag && isWithin(name, base);
    if (excluded.some(covers)) return `${show(name)} is excluded`;
    const rivals = permitted.filter(({ tag }) => tag === name.tag);
    if (rivals.length > 0 && !rivals.some(covers)) return `${show(name)} is not permitted`;
  }
  return undefined;
}

/** Returns the subject, then the subject alternative names. */
function namesOf(der: Uint8Array): readonly NameOfKind[] {
  const { subject } = readStructure(der);
  const alternative = readExtension(der, "2.5.29.17");
  const others = alternative === undefined ? [] : elementsOf(parseElement(alternative));
  return [
    ...(subject === undefined || subject.content.length === 0 ? [] : [{ tag: kinds.directory, element: subject }]),
    ...others.map((element) => ({ tag: element.tag, element })),
  ];
}

function isWithin({ tag, element }: NameOfKind, base: Element): boolean {
  const [found, limit] = [textOf(element), textOf(base)];
  switch (tag) {
    case kinds.directory:
      return beginsWith(directoryOf(element), directoryOf(base));
    case kinds.dns:
      return limit === "" || found === limit || found.endsWith(`.${limit.replace(/^\./, "")}`);
    case kinds.email:
      return limit.includes("@") ? found === limit : isHostWithin(found.slice(found.lastIndexOf("@") + 1), limit);
    case kinds.uri:
      return isHostWithin(/^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#:]*)/.exec(found)?.[1] ?? "", limit);
    case kinds.address:
      return isAddressWithin(element.content, base.content);
    default:
      return false;
  }
}

/** A host matches only itself, and `.example.com` matches every host below it. */
function isHostWithin(host: string, limit: string): boolean {
  return limit.startsWith(".") ? host.endsWith(limit) : host === limit;
}

function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address;
  if (base.length !== 2 * length) return false;
  return address.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (base[length + index] ?? 0)) === 0);
}

/** Parses a name. A subject is one; an alternative name and a base contain one. */
function directoryOf(element: Element): DistinguishedName {
  return parseName(element.tag === tags.sequence ? element : parseElement(element.content));
}

function beginsWith(name: DistinguishedName, base: DistinguishedName): boolean {
  const fold = (text: string) => text.trim().replaceAll(/\s+/g, " ").toLowerCase();
  return base.every((relative, index) =>
    relative.every(({ type, value }) =>
      (name[index] ?? []).some((found) => found.type === type && fold(found.value) === fold(value)),
    ),
  );
}

function textOf({ content }: Element): string {
  return Buffer.from(content).toString("latin1").toLowerCase();
}

function show({ tag, element }: NameOfKind): string {
  if (tag === kinds.directory) {
    const attributes = directoryOf(element).flat();
    return `the subject "${attributes.map(({ value }) => value).join(", ")}"`;
  }
  if (tag === kinds.address) return `the address ${Buffer.from(element.content).toString("hex")}`;
  return `the name "${Buffer.from(element.content).toString("latin1")}"`;
}
