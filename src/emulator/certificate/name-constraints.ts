import { children, decode, DerError } from "./der.js";
import type { DerElement } from "./der.js";
import { decodeName } from "./distinguished-name.js";
import type { DistinguishedName } from "./distinguished-name.js";

/** The names for which a certificate authority may and may not issue certificates, as bases of subtrees. */
export interface NameConstraints {
  readonly permitted: readonly DerElement[];
  readonly excluded: readonly DerElement[];
}

/** The names of a certificate that constraints apply to. */
export interface ConstrainedNames {
  readonly subject: DistinguishedName;
  /** The subject alternative names, unchanged. */
  readonly generalNames: readonly DerElement[];
}

const tagOf = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87 } as const;

/** @see RFC 5280 section 4.2.1.10 */
export function readNameConstraints(value: Buffer | undefined): NameConstraints | undefined {
  if (value === undefined) return undefined;
  const trees = children(decode(value));
  const bases = (tag: number) =>
    trees
      .filter((tree) => tree.tag === tag)
      .flatMap((tree) => children(tree, tag))
      .map((subtree) => {
        const [base, ...bounds] = children(subtree);
        if (base === undefined || bounds.length > 0) throw new DerError("a subtree with bounds or without a base");
        return base;
      });
  return { permitted: bases(0xa0), excluded: bases(0xa1) };
}

/** Describes the first name that the constraints forbid; undefined if there is none. */
export function findForbiddenName(constraints: NameConstraints, names: ConstrainedNames): string | undefined {
  const subject = names.subject.length === 0 ? [] : [{ tag: tagOf.directory, name: names.subject }];
  const all = [...subject, ...names.generalNames.map((element) => ({ tag: element.tag, name: element }))];
  for (const { tag, name } of all) {
    const same = (base: DerElement) => base.tag === tag;
    if (constraints.excluded.some((base) => same(base) && lies(name, base))) return `${shown(name)} is excluded`;
    const permitted = constraints.permitted.filter(same);
    if (permitted.length > 0 && !permitted.some((base) => lies(name, base))) return `${shown(name)} is not permitted`;
  }
  return undefined;
}

type Name = DistinguishedName | DerElement;

function isElement(name: Name): name is DerElement {
  return !Array.isArray(name);
}

/** Whether a name is within a subtree of its kind. Unknown kinds are in none. */
function lies(name: Name, base: DerElement): boolean {
  if (!isElement(name)) return startsWith(name, directoryOf(base));
  const [found, limit] = [textOf(name), textOf(base)];
  switch (base.tag) {
    case tagOf.dns:
      return limit === "" || found === limit || found.endsWith(`.${limit.replace(/^\./, "")}`);
    case tagOf.email:
      return limit.includes("@") ? found === limit : isHostWithin(found.slice(found.lastIndexOf("@") + 1), limit);
    case tagOf.uri:
      return isHostWithin(/^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#:]*)/.exec(found)?.[1] ?? "", limit);
    case tagOf.ip:
      return isAddressWithin(name.content, base.content);
    case tagOf.directory:
      return startsWith(directoryOf(name), directoryOf(base));
    default:
      return false;
  }
}

/** For e-mail and URI: a host means only itself, `.example.com` every host below it. */
function isHostWithin(host: string, limit: string): boolean {
  return limit.startsWith(".") ? host.endsWith(limit) : host === limit;
}

function isAddressWithin(address: Buffer, base: Buffer): boolean {
  if (base.length !== 2 * address.length) return false;
  const mask = base.subarray(address.length);
  return address.every((byte, index) => ((byte ^ (base[index] ?? 0)) & (mask[index] ?? 0)) === 0);
}

function directoryOf(element: DerElement): DistinguishedName {
  return decodeName(decode(element.content));
}

function startsWith(name: DistinguishedName, base: DistinguishedName): boolean {
  const fold = (text: string) => text.trim().replaceAll(/\s+/g, " ").toLowerCase();
  return base.every(([type, value], index) => {
    const [foundType, foundValue = ""] = name[index] ?? [];
    return foundType === type && fold(foundValue) === fold(value);
  });
}

function textOf({ content }: DerElement): string {
  return content.toString("latin1").toLowerCase();
}

function shown(name: Name): string {
  if (!isElement(name)) return `subject ${name.map(([type, value]) => `${type}=${value}`).join(",")}`;
  return name.tag === tagOf.ip
    ? `address ${name.content.toString("hex")}`
    : `name "${name.content.toString("latin1")}"`;
}
