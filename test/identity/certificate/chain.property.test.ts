import * as fc from "fast-check";
import { expect, it } from "vitest";
import * as der from "../../../src/emulator/certificate/der.js";
import { parseCertificate } from "../../../src/emulator/certificate/reader.js";
import { checkChain } from "../../../src/emulator/certificate/trust.js";
import { orderChain } from "../../../src/identity/certificate/chain.js";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { formatPem, issueCertificate, keyOf } from "../../support/pki.js";
import type { CertificateSpec, Issued } from "../../support/pki.js";

const day = 86_400_000;
const now = new Date("2026-06-15T12:00:00Z");

/** A certificate authority as one name and one key: a rollover gives a name another key, some share a name by accident. */
interface Authority {
  readonly name: number;
  readonly key: number;
}

/** Certificates of an authority, each by an issuer: several make a cross-signed or renewed one. */
interface Edge {
  readonly subject: number;
  readonly issuer: number;
  readonly validity: "valid" | "long" | "expired";
  readonly authorityKeyIdentifier: "right" | "another key's" | "a former certificate's serial" | "absent";
  readonly inFiles: boolean;
}

const authorityIndex = fc.nat({ max: 5 });
const graphs = fc.record({
  authorities: fc.array(fc.record({ name: fc.nat({ max: 3 }), key: fc.nat({ max: 7 }) }), {
    minLength: 6,
    maxLength: 6,
  }),
  edges: fc.array(
    fc.record({
      subject: authorityIndex,
      issuer: authorityIndex,
      validity: fc.constantFrom("valid", "long", "expired" as const),
      authorityKeyIdentifier: fc.constantFrom(
        "right",
        "another key's",
        "a former certificate's serial",
        "absent" as const,
      ),
      inFiles: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  leafIssuer: authorityIndex,
  anchor: authorityIndex,
  anchorInFiles: fc.boolean(),
  order: fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 }),
}) as fc.Arbitrary<{
  authorities: readonly Authority[];
  edges: readonly Edge[];
  leafIssuer: number;
  anchor: number;
  anchorInFiles: boolean;
  order: readonly number[];
}>;

const ends = { valid: now.getTime() + 90 * day, long: now.getTime() + 900 * day, expired: now.getTime() - day };

function identifierOf(edge: Edge, issuer: Issued): CertificateSpec["extensions"] {
  const id = "2.5.29.35";
  if (edge.authorityKeyIdentifier === "right") return [];
  if (edge.authorityKeyIdentifier === "absent") return [{ id, critical: false, value: der.sequence() }];
  if (edge.authorityKeyIdentifier === "another key's")
    return [{ id, critical: false, value: der.sequence(der.encode(0x80, Buffer.alloc(20, 7))) }];
  const name = der.children(der.children(der.decode(issuer.der))[0]!)[5]!.bytes;
  return [
    {
      id,
      critical: false,
      value: der.sequence(der.encode(0xa1, der.encode(0xa4, name)), der.encode(0x82, Buffer.of(9))),
    },
  ];
}

const same = (one: Authority, other: Authority) => one.name === other.name && one.key === other.key;

it("sends what the emulator accepts, whenever a path of at most five to the trust anchor is in the files", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(graphs, async ({ authorities, edges, leafIssuer, anchor, anchorInFiles, order }) => {
      const at = (index: number) => authorities[index]!;
      const keyFor = ({ key }: Authority) => keyOf("ec-p256", `authority ${key}`);
      const subjectOf = ({ name }: Authority) => [["CN", `Authority ${name}`]] as const;
      const selfSigned = (authority: Authority) =>
        issueCertificate(keyFor(authority), {
          subject: subjectOf(authority),
          authority: true,
          notBefore: new Date(now.getTime() - 400 * day),
          notAfter: new Date(now.getTime() + 4000 * day),
        });
      const roots = authorities.map(selfSigned);
      const issue = (edge: Edge) =>
        issueCertificate(
          keyFor(at(edge.subject)),
          {
            subject: subjectOf(at(edge.subject)),
            authority: true,
            notBefore: new Date(now.getTime() - 300 * day),
            notAfter: new Date(ends[edge.validity]),
            extensions: identifierOf(edge, roots[edge.issuer]!) ?? [],
          },
          roots[edge.issuer],
        );
      const useful = edges.filter(({ subject, issuer, inFiles }) => inFiles && !same(at(subject), at(issuer)));
      const leaf = issueCertificate(
        keyOf("ec-p256", "leaf"),
        { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + day) },
        roots[leafIssuer],
      );
      const files = [...useful.map(issue), leaf, ...(anchorInFiles ? [roots[anchor]!] : [])]
        .map(({ der: bytes }, index) => ({ bytes, place: order[index] ?? 0 }))
        .sort((one, other) => one.place - other.place)
        .map(({ bytes }) => certificateFromDer(bytes));

      // The model knows who issued what; it searches breadth first, whatever the certificates say of their issuers.
      const valid = useful.filter(({ validity }) => validity !== "expired");
      const reached = new Set<Edge>();
      let distance: number | undefined;
      let level: readonly Authority[] = [at(leafIssuer)];
      for (let length = 0; level.length > 0; length++) {
        if (level.some((authority) => same(authority, at(anchor)))) distance ??= length;
        const next = valid.filter(
          (edge) => !reached.has(edge) && level.some((authority) => same(authority, at(edge.subject))),
        );
        for (const edge of next) reached.add(edge);
        level = next.map(({ issuer }) => at(issuer));
      }
      const leadsThere = distance !== undefined && distance <= 5 && (reached.size <= 5 || anchorInFiles);
      const { chain } = orderChain(certificateFromDer(leaf.der), files, now);
      expect(chain.length).toBeLessThanOrEqual(5);
      const verdict = checkChain(
        parseCertificate(leaf.der),
        chain.map(({ der: bytes }) => parseCertificate(Buffer.from(bytes))),
        formatPem("CERTIFICATE", roots[anchor]!.der),
        now,
      ).then(
        () => "accepted",
        (error: unknown) => String(error),
      );
      if (!leadsThere) return;
      accepted += Number((await verdict) === "accepted");
      expect(await verdict).toBe("accepted");
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(50);
});
