import { issued, orderChain } from "../identity/certificate/chain.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import { readStructure } from "../identity/certificate/structure.js";
import { parsePem, pemTextOf } from "../identity/pem/blocks.js";
import type { PemBlock } from "../identity/pem/blocks.js";
import type { Pair } from "./pair.js";

/** New contents for the files of a pair. */
export interface NextPair {
  readonly leaf: Certificate;
  /** Its intermediates, the leaf's issuer first. */
  readonly chain: readonly Certificate[];
  readonly certificate: Buffer;
  /** undefined if the key is kept, or is in the certificate's file. */
  readonly key: Buffer | undefined;
  /** Intermediates of the present and the new leaf; undefined if the file has them. */
  readonly intermediates: Buffer | undefined;
  /** Certificates of both pairs: readers select the one that matches the key they read. */
  readonly both: Buffer;
}

/** A key that replaces the block of the present one. */
export interface ReplacedKey {
  readonly block: PemBlock;
  readonly pem: string;
}

/** First line of a certificate's file that temporarily holds the certificates of two keys. */
const bothMark = "# rolesanywhere-ts: the key is being replaced\n";

/** Composes the files. Each keeps its form, with or without chain, key and roots. */
export function composePair(
  pair: Pair,
  { leaf, others }: { readonly leaf: Certificate; readonly others: readonly Certificate[] },
  key: ReplacedKey | undefined,
  now: Date,
): NextPair {
  const { chain, leftOut } = orderChain(leaf, [...others, ...pair.certificates, ...pair.intermediates], now);
  const top = chain.at(-1) ?? leaf;
  const roots = leftOut
    .filter(({ certificate, reason }) => reason === "root" && issued(certificate, top))
    .map(({ certificate }) => certificate)
    .filter((root) => has(pair.certificates, root));
  const isAlone = pair.certificates.every(
    (certificate) => certificate.x509.fingerprint256 === pair.leaf.x509.fingerprint256,
  );
  const { certificate: file, key: keyFile, intermediates: intermediatesFile } = pair.files;
  const needsChain = !isAlone || (intermediatesFile === undefined && !haveSameIssuer(leaf, pair.leaf));
  const next = [leaf, ...(needsChain ? chain : []), ...roots];
  const isOwn = keyFile === file;
  const blocks = parsePem(pemTextOf(file, "certificate"));
  const missing = chain.filter((certificate) => !has(pair.intermediates, certificate));
  const extends_ = intermediatesFile !== undefined && isAlone && missing.length > 0;
  return {
    leaf,
    chain,
    certificate: rebuild(blocks, next, isOwn ? key : undefined),
    key: key === undefined || isOwn ? undefined : rebuild(parsePem(pemTextOf(keyFile, "private key")), undefined, key),
    intermediates: extends_ ? Buffer.from([...chain, ...without(pair.chain, chain)].map(pemOf).join("")) : undefined,
    both: Buffer.concat([
      Buffer.from(bothMark),
      rebuild(blocks, [...pair.certificates, ...without(next, pair.certificates)], undefined),
    ]),
  };
}

/**
 * Removes leftover leaves of a killed renewal from the certificate's file, and keeps the one that matches the key.
 *
 * @returns undefined if there are none.
 */
export function withoutLeftovers({ leaf, certificates, files }: Pair): Buffer | undefined {
  if (!files.certificate.bytes.toString("latin1").startsWith(bothMark)) return undefined;
  const subject = subjectOf(leaf);
  const kept = certificates.filter(
    (certificate) =>
      certificate.x509.fingerprint256 === leaf.x509.fingerprint256 ||
      certificate.x509.ca ||
      !subjectOf(certificate).equals(subject),
  );
  return rebuild(parsePem(pemTextOf(files.certificate, "certificate")), [leaf, ...without(kept, [leaf])], undefined);
}

function subjectOf({ der }: Certificate): Buffer {
  return Buffer.from(readStructure(der).subject?.raw ?? new Uint8Array());
}

function haveSameIssuer(one: Certificate, other: Certificate): boolean {
  const [first, second] = [one, other].map(({ der }) => readStructure(der).issuer?.raw ?? new Uint8Array());
  return first !== undefined && second !== undefined && Buffer.from(first).equals(second);
}

/** @param certificates Replace all present ones; undefined keeps those. */
function rebuild(
  blocks: readonly PemBlock[],
  certificates: readonly Certificate[] | undefined,
  key: ReplacedKey | undefined,
): Buffer {
  const isCertificate = ({ label }: PemBlock) => certificates !== undefined && label.endsWith("CERTIFICATE");
  const first = blocks.findIndex(isCertificate);
  const texts = blocks.map((block, index) => {
    if (index === first) return (certificates ?? []).map(pemOf).join("");
    if (isCertificate(block)) return "";
    return key !== undefined && block.text === key.block.text ? key.pem : block.text;
  });
  return Buffer.from(texts.join(""));
}

function pemOf({ x509 }: Certificate): string {
  return `${x509.toString().trimEnd()}\n`;
}

function has(list: readonly Certificate[], certificate: Certificate): boolean {
  return list.some(({ x509 }) => x509.fingerprint256 === certificate.x509.fingerprint256);
}

function without(list: readonly Certificate[], others: readonly Certificate[]): readonly Certificate[] {
  return list.filter((certificate) => !has(others, certificate));
}
