// What check passes offline the emulator accepts; what the emulator refuses for the certificates' sake, check has named.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { certificateSteps } from "../../src/diagnosis/certificate/steps.js";
import type { PathContext } from "../../src/diagnosis/certificate/path-step.js";
import type { Finding } from "../../src/diagnosis/finding.js";
import { readTrustAnchors } from "../../src/diagnosis/certificate/trust-anchors.js";
import { walkSteps } from "../../src/diagnosis/walk.js";
import * as der from "../../src/emulator/certificate/der.js";
import { parseMaterialFlag } from "../../src/settings/material-source.js";
import type { CertificateSpec, Issued } from "../support/pki.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import { pssSha1, renaming, signatures, verdictOf } from "../support/odd-chains.js";
import { createScratch } from "../support/scratch.js";
import { settingsOf, vendContext } from "../support/vend-settings.js";

const folder = createScratch("agreement");
const day = 86_400_000;
const now = new Date();
const runs = Number(process.env["ROLESANYWHERE_TS_AGREEMENT_RUNS"] ?? "150");

const validity = fc.constantFrom<Partial<CertificateSpec>>(
  {},
  {},
  {},
  { notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) },
  { notBefore: new Date(now.getTime() + day) },
);
const odd = fc.constantFrom<Partial<CertificateSpec>>(
  {},
  {},
  {},
  { extensions: [{ id: "1.2.3.4", critical: true, value: Buffer.from("0500", "hex") }] },
  { extensions: [{ id: "1.2.3.4", critical: false, value: Buffer.from("0500", "hex") }] },
  // CRL distribution points: http://crl.example/a.crl
  {
    extensions: [
      {
        id: "2.5.29.31",
        critical: false,
        value: Buffer.from("3020301ea01ca01a8618687474703a2f2f63726c2e6578616d706c652f612e63726c", "hex"),
      },
    ],
  },
);
const signature = fc.constantFrom<keyof typeof signatures>("sha256", "sha256", "sha256", "sha512", "sha1", "sha224");
const leafSpec = fc
  .record({
    keyUsage: fc.constantFrom<NonNullable<CertificateSpec["keyUsage"]>>(
      ["digitalSignature"],
      ["digitalSignature"],
      ["digitalSignature", "keyEncipherment"],
      ["keyEncipherment"],
      "absent",
    ),
    authority: fc.constantFrom<boolean | "absent">(false, false, "absent", true),
    version: fc.constantFrom<1 | 3>(3, 3, 3, 3, 1),
    subject: fc.constantFrom<NonNullable<CertificateSpec["subject"]>>(
      [["CN", "app"]],
      [["CN", "app"]],
      [["O", "other"]],
      [],
    ),
    alternativeNames: fc.constantFrom<NonNullable<CertificateSpec["alternativeNames"]>>([], [["dns", "host.example"]]),
  })
  .chain((spec) => fc.tuple(validity, odd).map((more) => ({ ...spec, ...more[0], ...more[1] })));
const authoritySpec = fc
  .record({
    authority: fc.constantFrom<boolean | "absent">(true, true, true, true, false, "absent"),
    keyUsage: fc.constantFrom<NonNullable<CertificateSpec["keyUsage"]>>(
      ["keyCertSign", "cRLSign"],
      ["keyCertSign", "cRLSign"],
      "absent",
      ["cRLSign"],
    ),
    version: fc.constantFrom<1 | 3>(3, 3, 3, 3, 3, 1),
  })
  .chain((spec) =>
    fc.tuple(validity, odd, fc.constantFrom(undefined, undefined, 0, 1)).map(([valid, more, pathLength]) => ({
      ...spec,
      ...valid,
      ...more,
      ...(pathLength === undefined || spec.authority !== true ? {} : { pathLength }),
    })),
  );

const anyWorld = fc.record({
  leaf: leafSpec,
  leafSignature: signature,
  authorities: fc.array(fc.record({ spec: authoritySpec, signature }), { maxLength: 3 }),
  rootSpec: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: authoritySpec }),
  constrained: fc.boolean(),
  encoding: fc.constantFrom("same", "same", "same", "printable"),
  pss: fc.constantFrom(false, false, false, true),
  missing: fc.constantFrom(undefined, undefined, undefined, 0, 1),
  shuffled: fc.boolean(),
  bundle: fc.constantFrom("root", "root", "root and an expired one", "namesake"),
});
/** Most of what is drawn has some fault; these have none. */
const soundWorld = fc.record({
  leaf: fc.constant<CertificateSpec>({ subject: [["CN", "app"]] }),
  leafSignature: fc.constantFrom<keyof typeof signatures>("sha256", "sha512"),
  authorities: fc.array(
    fc.record({
      spec: fc.constant<CertificateSpec>({}),
      signature: fc.constantFrom<keyof typeof signatures>("sha256", "sha512"),
    }),
    { maxLength: 3 },
  ),
  rootSpec: fc.constant<CertificateSpec>({}),
  constrained: fc.constant(false),
  encoding: fc.constant("same"),
  pss: fc.constant(false),
  missing: fc.constant(undefined),
  shuffled: fc.boolean(),
  bundle: fc.constantFrom("root", "root and an expired one"),
});
const world = fc.oneof({ weight: 3, arbitrary: anyWorld }, { weight: 1, arbitrary: soundWorld });
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

let counter = 0;

/** Files of the set-up, and the same certificates as the emulator would get them. */
function build({
  leaf,
  leafSignature,
  authorities,
  rootSpec,
  constrained,
  encoding,
  pss,
  missing,
  shuffled,
  bundle,
}: World) {
  const constraint = { id: "2.5.29.30", critical: true, value: encodedConstraint };
  const root = createAuthority(keyOf("ec-p256", "root"), {
    subject: [["CN", "Root"]],
    ...rootSpec,
    ...(constrained ? { extensions: [constraint] } : {}),
  });
  const path: Issued[] = [root];
  for (const [index, { spec, signature: how }] of authorities.entries()) {
    const issuer = path.at(-1) ?? root;
    const name = `Level ${index}`;
    const kind = pss && index === authorities.length - 1 ? "rsa-2048" : "ec-p256";
    const isRsa = issuer.key.publicKeyInfo.length > 200;
    const signer = isRsa ? issuer.key : signatures[how](issuer.key);
    path.push(createAuthority(keyOf(kind, name), { subject: [["CN", name]], ...spec }, { ...issuer, key: signer }));
  }
  const issuer = path.at(-1) ?? root;
  const isRsa = issuer.key.publicKeyInfo.length > 200;
  const named = issuer.subject[0]?.[1] ?? "";
  const base = isRsa ? (pss ? pssSha1(issuer.key) : issuer.key) : signatures[leafSignature](issuer.key);
  const signer = encoding === "printable" ? renaming(base, named) : base;
  const client = issueCertificate(keyOf("ec-p256", "leaf"), leaf, { ...issuer, key: signer });
  const chain = path
    .slice(1)
    .reverse()
    .filter((_, index) => index !== missing);
  const order = shuffled ? chain.toReversed() : chain;
  const expired = createAuthority(keyOf("ec-p256", "old"), {
    subject: [["CN", "Old"]],
    notBefore: new Date(now.getTime() - 9 * day),
    notAfter: new Date(now.getTime() - day),
  });
  const namesake = createAuthority(keyOf("ec-p256", "namesake"), { subject: [["CN", "Root"]] });
  const anchors = { root: [root], "root and an expired one": [expired, root], namesake: [namesake] }[bundle] ?? [root];
  const stem = join(folder, String(++counter));
  writeFileSync(`${stem}.pem`, [client, ...order].map(({ pem }) => pem).join(""));
  writeFileSync(`${stem}.key`, client.key.privateKeyPem, { mode: 0o600 });
  writeFileSync(`${stem}-ca.pem`, anchors.map(({ pem }) => pem).join(""));
  return { stem, client, chain, anchors };
}

/** permittedSubtrees: directory names below O=other. */
const encodedConstraint = encodeConstraint();
function encodeConstraint(): Buffer {
  const attribute = der.sequence(der.oid("2.5.4.10"), der.encode(0x0c, Buffer.from("other")));
  const name = der.sequence(der.encode(0x31, attribute));
  return der.sequence(der.encode(0xa0, der.sequence(der.encode(0xa4, name))));
}

async function check(stem: string): Promise<readonly Finding[]> {
  const { trustAnchorArn, profileArn } = {
    trustAnchorArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
    profileArn: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
  };
  const flags = ["--certificate", `${stem}.pem`, "--private-key", `${stem}.key`, "--trust-anchor-arn", trustAnchorArn];
  const settings = settingsOf({
    flags: [...flags, "--profile-arn", profileArn],
    roleArn: (name) => `arn:aws:iam::111122223333:role/${name}`,
  });
  const base = vendContext();
  const context = {
    ...base,
    trustAnchors: () => readTrustAnchors(parseMaterialFlag("trust-anchor-bundle", `${stem}-ca.pem`), base),
  } as unknown as PathContext;
  return walkSteps(certificateSteps(context), { settings }, () => undefined);
}

test(
  "check passes what the emulator accepts, and fails what it refuses",
  { timeout: 60_000 + runs * 400 },
  async () => {
    const told = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(world, async (input) => {
        const { stem, client, chain, anchors } = build(input);
        const failures = (await check(stem)).filter(({ level }) => level === "fail");
        const verdict = await verdictOf(client, chain, anchors, now);
        told[verdict === "accepted" ? "accepted" : "refused"]++;
        expect({ verdict, passes: failures.length === 0, failures }).toMatchObject({ passes: verdict === "accepted" });
      }),
      { numRuns: runs, endOnFailure: true },
    );
    expect(told.accepted).toBeGreaterThan(0);
    expect(told.refused).toBeGreaterThan(0);
  },
);
