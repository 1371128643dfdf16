// Certificates and chains with one fault each: what check names first, and what the emulator says of the same chain.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import * as der from "../../src/emulator/certificate/der.js";
import { pssSha1, renaming, signatures, verdictOf } from "../support/odd-chains.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateKey, CertificateSpec, Issued } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("chain-table");
const day = 86_400_000;
const now = new Date();
const expired = { notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) };
const future = { notBefore: new Date(now.getTime() + day) };
const named = (name: string): Pick<CertificateSpec, "subject"> => ({ subject: [["CN", name]] });
const critical = (id: string) => ({ extensions: [{ id, critical: true, value: Buffer.from("0500", "hex") }] });

interface Chain {
  readonly leaf: Issued;
  /** In the order of the file, behind the leaf. */
  readonly chain: readonly Issued[];
  readonly anchors: readonly Issued[];
  /** The whole file, when it does not begin with the leaf. */
  readonly file?: readonly Issued[];
}

const root = createAuthority(keyOf("ec-p256", "root"), named("Root"));
const authority = (name: string, spec: CertificateSpec = {}, issuer = root, key = keyOf("ec-p256", name)) =>
  createAuthority(key, { ...named(name), ...spec }, issuer);
const client = (issuer: Issued, spec: CertificateSpec = {}) =>
  issueCertificate(keyOf("ec-p256", "leaf"), { ...named("app"), ...spec }, issuer);
const signing = (issuer: Issued, how: (key: CertificateKey) => CertificateKey): Issued => ({
  ...issuer,
  key: how(issuer.key),
});

/** A leaf below one intermediate below the root. */
const through = (spec: CertificateSpec, leaf: CertificateSpec = {}): Chain => {
  const middle = authority("Middle", spec);
  return { leaf: client(middle, leaf), chain: [middle], anchors: [root] };
};

/** One subtree that name constraints permit (0) or exclude (1): a general name of this tag. */
const constraint = (kind: 0 | 1, tag: number, value: Buffer) => ({
  extensions: [
    {
      id: "2.5.29.30",
      critical: true,
      value: der.sequence(der.encode(0xa0 + kind, der.sequence(der.encode(tag, value)))),
    },
  ],
});
const dns = (text: string) => Buffer.from(text);
const organisation = (name: string) =>
  der.sequence(der.encode(0x31, der.sequence(der.oid("2.5.4.10"), der.encode(0x0c, Buffer.from(name)))));

const twoLevels = (spec: CertificateSpec): Chain => {
  const upper = authority("Upper", spec);
  const lower = authority("Lower", {}, upper);
  return { leaf: client(lower), chain: [lower, upper], anchors: [root] };
};

const faults: readonly (readonly [what: string, says: string, names: RegExp, make: () => Chain])[] = [
  ["a path length of 0 above an authority", "CHAIN_PATH_LENGTH", /Upper.*pathlen/, () => twoLevels({ pathLength: 0 })],
  [
    "a path length of the root",
    "CHAIN_PATH_LENGTH",
    /Short.*allows 0 authorities/,
    () => {
      const short = createAuthority(keyOf("ec-p256", "short"), { ...named("Short"), pathLength: 0 });
      const middle = authority("Middle", {}, short);
      return { leaf: client(middle), chain: [middle], anchors: [short] };
    },
  ],
  ["an intermediate of version 1", "CHAIN_AUTHORITY", /Middle.*X\.509 v1/, () => through({ version: 1 })],
  [
    "an intermediate without basicConstraints",
    "CHAIN_AUTHORITY",
    /Middle.*no basicConstraints/,
    () => through({ authority: "absent", keyUsage: ["keyCertSign"] }),
  ],
  [
    "an intermediate with CA:FALSE",
    "CHAIN_AUTHORITY",
    /Middle.*CA:FALSE/,
    () => through({ authority: false, keyUsage: ["keyCertSign"] }),
  ],
  [
    "an intermediate without keyCertSign",
    "CHAIN_AUTHORITY",
    /Middle.*keyCertSign/,
    () => through({ keyUsage: ["cRLSign"] }),
  ],
  [
    "an anchor without keyCertSign",
    "CHAIN_AUTHORITY",
    /Weak.*keyCertSign/,
    () => {
      const weak = createAuthority(keyOf("ec-p256", "weak"), { ...named("Weak"), keyUsage: ["cRLSign"] });
      return { leaf: client(weak), chain: [], anchors: [weak] };
    },
  ],
  [
    "an anchor of version 1",
    "CHAIN_AUTHORITY",
    /Old.*v1/,
    () => {
      const old = createAuthority(keyOf("ec-p256", "v1"), { ...named("Old"), version: 1 });
      return { leaf: client(old), chain: [], anchors: [old] };
    },
  ],
  [
    "a host that is excluded",
    "CHAIN_NAMES",
    /Middle.*"a\.bad\.example" is excluded/,
    () => through(constraint(1, 0x82, dns("bad.example")), { alternativeNames: [["dns", "a.bad.example"]] }),
  ],
  [
    "a host that is not permitted",
    "CHAIN_NAMES",
    /Middle.*"other\.example" is not permitted/,
    () => through(constraint(0, 0x82, dns("good.example")), { alternativeNames: [["dns", "other.example"]] }),
  ],
  [
    "a URI that is not permitted",
    "CHAIN_NAMES",
    /Middle.*not permitted/,
    () =>
      through(constraint(0, 0x86, dns("good.example")), { alternativeNames: [["uri", "spiffe://bad.example/app"]] }),
  ],
  [
    "a subject that is not permitted",
    "CHAIN_NAMES",
    /Middle.*subject "app" is not permitted/,
    () => through(constraint(0, 0xa4, organisation("Acme"))),
  ],
  [
    "a subject that is excluded",
    "CHAIN_NAMES",
    /Middle.*is excluded/,
    () => through(constraint(1, 0xa4, organisation("Acme")), { subject: [["O", "Acme"]] }),
  ],
  [
    "an issuer name in another encoding",
    "CHAIN_NAMES",
    /another encoding/,
    () => {
      const middle = authority("Middle");
      return { leaf: client(signing(middle, (key) => renaming(key, "Middle"))), chain: [middle], anchors: [root] };
    },
  ],
  [
    "an unknown critical extension of an intermediate",
    "CHAIN_EXTENSIONS",
    /Middle.*1\.2\.3\.4/,
    () => through(critical("1.2.3.4")),
  ],
  [
    "an unknown critical extension of the leaf",
    "CERTIFICATE_EXTENSIONS",
    /1\.2\.3\.4/,
    () => through({}, critical("1.2.3.4")),
  ],
  [
    "an intermediate signed with SHA-1",
    "CHAIN_SIGNATURE",
    /Middle.*SHA1/,
    () => {
      const middle = authority("Middle", {}, signing(root, signatures.sha1));
      return { leaf: client(middle), chain: [middle], anchors: [root] };
    },
  ],
  [
    "an intermediate signed with SHA-224",
    "CHAIN_SIGNATURE",
    /Middle.*SHA224/,
    () => {
      const middle = authority("Middle", {}, signing(root, signatures.sha224));
      return { leaf: client(middle), chain: [middle], anchors: [root] };
    },
  ],
  [
    "a leaf signed with SHA-224",
    "CERTIFICATE_SIGNATURE",
    /SHA224/,
    () => {
      const middle = authority("Middle");
      return { leaf: client(signing(middle, signatures.sha224)), chain: [middle], anchors: [root] };
    },
  ],
  [
    "a leaf signed with PSS and SHA-1",
    "CERTIFICATE_SIGNATURE",
    /RSASSA-PSS with SHA-1/,
    () => {
      const middle = authority("Middle", {}, root, keyOf("rsa-2048", "pss"));
      return { leaf: client(signing(middle, pssSha1)), chain: [middle], anchors: [root] };
    },
  ],
  ["an expired intermediate", "CHAIN_VALIDITY", /Middle.*outside its validity/, () => through(expired)],
  ["an intermediate of the future", "CHAIN_VALIDITY", /Middle.*outside its validity/, () => through(future)],
  [
    "an expired anchor",
    "TRUST_ANCHOR",
    /Gone.*expired/,
    () => {
      const gone = createAuthority(keyOf("ec-p256", "gone"), { ...named("Gone"), ...expired });
      return { leaf: client(gone), chain: [], anchors: [gone] };
    },
  ],
  ["an expired leaf below a sound chain", "CERTIFICATE_VALIDITY", /expired on/, () => through({}, expired)],
  [
    "an anchor of the same name with another key",
    "TRUST_ANCHOR",
    /Root.*another key/,
    () => {
      const middle = authority("Middle");
      return {
        leaf: client(middle),
        chain: [middle],
        anchors: [createAuthority(keyOf("ec-p256", "twin"), named("Root"))],
      };
    },
  ],
  [
    "an intermediate of the same name with another key",
    "TRUST_ANCHOR",
    /none of .*Root/,
    () => {
      const middle = authority("Middle");
      return {
        leaf: client(middle),
        chain: [authority("Middle", {}, root, keyOf("ec-p256", "twin middle"))],
        anchors: [root],
      };
    },
  ],
  [
    "a gap in the chain",
    "TRUST_ANCHOR",
    /Upper/,
    () => {
      const { leaf, chain } = twoLevels({});
      return { leaf, chain: chain.slice(0, 1), anchors: [root] };
    },
  ],
  [
    "both cross-signed alternatives expired",
    "CHAIN_VALIDITY",
    /Crossed.*outside its validity/,
    () => {
      const key = keyOf("ec-p256", "crossed");
      const other = createAuthority(keyOf("ec-p256", "other root"), named("Other Root"));
      const crossed = authority("Crossed", expired, root, key);
      return { leaf: client(crossed), chain: [crossed, authority("Crossed", expired, other, key)], anchors: [root] };
    },
  ],
  [
    "an authority as the leaf",
    "CERTIFICATE_AUTHORITY",
    /CA:TRUE/,
    () => {
      const middle = authority("Middle");
      return {
        leaf: client(middle, { authority: true, keyUsage: ["digitalSignature", "keyCertSign"] }),
        chain: [middle],
        anchors: [root],
      };
    },
  ],
  [
    "a leaf with key usages for keys only",
    "KEY_USAGE",
    /keyAgreement, expected digitalSignature/,
    () => through({}, { keyUsage: ["keyEncipherment", "keyAgreement"] }),
  ],
];

const sound: readonly (readonly [what: string, make: () => Chain])[] = [
  ["an intermediate", () => through({})],
  ["a path length that suffices", () => twoLevels({ pathLength: 1 })],
  [
    "a host below a permitted one",
    () => through(constraint(0, 0x82, dns("good.example")), { alternativeNames: [["dns", "a.good.example"]] }),
  ],
  [
    "root, intermediate and leaf in one file",
    () => {
      const made = through({});
      return { ...made, file: [root, ...made.chain, made.leaf] };
    },
  ],
  [
    "intermediate, root and leaf in one file",
    () => {
      const made = through({});
      return { ...made, file: [...made.chain, root, made.leaf] };
    },
  ],
  [
    "a chain in reverse order",
    () => {
      const made = twoLevels({});
      return { ...made, file: [made.leaf, ...made.chain.toReversed()] };
    },
  ],
  [
    "an anchor bundle with an expired member",
    () => {
      const old = createAuthority(keyOf("ec-p256", "old root"), { ...named("Old Root"), ...expired });
      return { ...through({}), anchors: [old, root] };
    },
  ],
  [
    "a cross-signed authority, one certificate expired",
    () => {
      const key = keyOf("ec-p256", "crossed");
      const other = createAuthority(keyOf("ec-p256", "other root"), named("Other Root"));
      const good = authority("Crossed", {}, root, key);
      return {
        leaf: client(good),
        chain: [good],
        anchors: [root],
        file: [client(good), authority("Crossed", expired, other, key), good],
      };
    },
  ],
  [
    "a cross-signed authority, the other root at the anchor",
    () => {
      const key = keyOf("ec-p256", "crossed");
      const other = createAuthority(keyOf("ec-p256", "other root"), named("Other Root"));
      const chain = [authority("Crossed", {}, root, key), authority("Crossed", {}, other, key)];
      return { leaf: client(chain[0] ?? root), chain, anchors: [other] };
    },
  ],
  [
    "SHA-512 in the whole chain",
    () => {
      const middle = authority("Middle", { digest: "sha512" });
      return { leaf: client(middle, { digest: "sha512" }), chain: [middle], anchors: [root] };
    },
  ],
];

let counter = 0;

async function check({ leaf, chain, anchors, file = [leaf, ...chain] }: Chain): Promise<readonly Finding[]> {
  const stem = join(folder, String(++counter));
  const write = (ending: string, text: string) => {
    writeFileSync(stem + ending, text, { mode: 0o600 });
    return stem + ending;
  };
  const pem = (certificates: readonly Issued[]) => certificates.map((certificate) => certificate.pem).join("");
  const flags = {
    certificate: write(".pem", pem(file)),
    "private-key": write(".key", leaf.key.privateKeyPem),
    "trust-anchor-bundle": write("-ca.pem", pem(anchors)),
    "trust-anchor-arn": "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
    "profile-arn": "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
    "role-arn": "arn:aws:iam::111122223333:role/Demo",
  };
  const { stdout } = await runCli(
    ["check", "--json", "--offline", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])],
    { env: { AWS_EC2_METADATA_DISABLED: "true" } },
  );
  return (JSON.parse(stdout) as { readonly findings: Finding[] }).findings;
}

describe("check names the certificate and the rule, and the emulator refuses the same chain", () => {
  test.each(faults)("%s: %s", async (_, says, names, make) => {
    const made = make();
    const failure = (await check(made)).find(({ level }) => level === "fail");
    expect(failure?.code, failure?.message).toBe(says);
    expect(`${failure?.subject ?? ""}: ${failure?.message ?? ""}`).toMatch(names);
    expect(failure?.hint ?? "").not.toBe("");
    expect(await verdictOf(made.leaf, made.chain, made.anchors, now)).not.toBe("accepted");
  });
});

describe("check passes what the emulator accepts", () => {
  test.each(sound)("%s", async (_, make) => {
    const made = make();
    expect((await check(made)).filter(({ level }) => level === "fail")).toEqual([]);
    expect(await verdictOf(made.leaf, made.chain, made.anchors, now)).toBe("accepted");
  });
});

test("a cross-signed authority is named with both of its issuers", async () => {
  const key = keyOf("ec-p256", "crossed");
  const other = createAuthority(keyOf("ec-p256", "other root"), named("Other Root"));
  const chain = [authority("Crossed", {}, root, key), authority("Crossed", {}, other, key)];
  const findings = await check({ leaf: client(chain[0] ?? root), chain, anchors: [root] });
  expect(findings.find(({ code }) => code === "CHAIN")?.message).toMatch(
    /Crossed is cross-signed by "CN=(Other )?Root" and "CN=(Other )?Root"/,
  );
});

test("the table has at least 30 faults", () => {
  expect(faults.length).toBeGreaterThanOrEqual(30);
});
