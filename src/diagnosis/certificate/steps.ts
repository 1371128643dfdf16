import { IdentityError, RolesAnywhereError } from "../../errors.js";
import { renderText } from "../../message.js";
import { leavesOf } from "../../identity/certificate/pick-leaf.js";
import { parseCertificateFields } from "../../identity/certificate/fields.js";
import type { Certificate } from "../../identity/certificate/parsed.js";
import type { Identity } from "../../identity/identity.js";
import { loadUncheckedIdentity } from "../../identity/load-identity.js";
import { describeOrigin } from "../../origin.js";
import type { PathContext, PathStep } from "./path-step.js";
import { known } from "./path-step.js";
import { readCertificateFile } from "./offered.js";
import type { Leaf } from "./rules.js";
import {
  checkAuthority,
  checkExtendedKeyUsage,
  checkExtensions,
  checkKeyType,
  checkKeyUsage,
  checkSerial,
  checkSignature,
  checkSubject,
  checkValidity,
  checkVersion,
} from "./rules.js";
import { checkChainLength, checkChainValidity, checkTrustAnchor, describeChain } from "./chain-rules.js";
import { choosePath } from "./choose-path.js";
import { checkPathRule, pathRules } from "./path-rules.js";
import type { Finding } from "../finding.js";
import { fail, failBy, pass, skip } from "../finding.js";
import type { FindingCode } from "../finding-codes.js";
import { checkOriginIdentity } from "../origin-identity.js";
import { checkSessionTags } from "../session-tags.js";
import { checkRevocationLists, checkRevocationPoint } from "./revocation.js";
import type { VendSettings } from "../../settings/vend-settings.js";

const rules: readonly (readonly [FindingCode, (leaf: Leaf, now: Date) => Finding | readonly Finding[]])[] = [
  ["CERTIFICATE_VERSION", checkVersion],
  ["CERTIFICATE_AUTHORITY", checkAuthority],
  ["KEY_USAGE", checkKeyUsage],
  ["CERTIFICATE_SUBJECT", checkSubject],
  ["CERTIFICATE_EXTENSIONS", checkExtensions],
  ["CERTIFICATE_SIGNATURE", checkSignature],
  ["KEY_TYPE", checkKeyType],
  ["CERTIFICATE_VALIDITY", checkValidity],
  ["EXTENDED_KEY_USAGE", checkExtendedKeyUsage],
  ["CERTIFICATE_SERIAL", checkSerial],
  ["SESSION_TAGS", ({ certificate, name }) => checkSessionTags(certificate, name)],
  ["ORIGIN_IDENTITY", ({ certificate, name }) => checkOriginIdentity(certificate, name)],
  ["REVOCATION_POINT", checkRevocationPoint],
];

const fromSettings: readonly FindingCode[] = [
  "SETTINGS",
  "SETTINGS_ARNS",
  "CERTIFICATE_FILE",
  "KEY_FILE",
  "INTERMEDIATES_FILE",
  "PASSWORD_FILE",
  "PIN_FILE",
];

/** Builds the steps that check the leaf, then its key, then its chain. */
export function certificateSteps(context: PathContext): readonly PathStep[] {
  let loaded: Promise<Identity> | undefined;
  // Loads only once, since each time may require a PIN.
  const load = (settings: VendSettings) => (loaded ??= loadUncheckedIdentity(settings.identity, context));
  return [
    {
      code: "CERTIFICATE",
      subject: "certificate",
      needs: ["SETTINGS", "SETTINGS_ARNS", "CERTIFICATE_FILE"],
      run: async ({ settings }) => {
        try {
          const certificate = await readLeaf(known(settings), () => load(known(settings)), context);
          const leaf = { certificate, fields: parseCertificateFields(certificate.der), name: nameOf(known(settings)) };
          return {
            findings: [
              pass(
                "CERTIFICATE",
                leaf.name,
                `decodes, SHA-256 fingerprint ${certificate.x509.fingerprint256.replaceAll(":", "").toLowerCase().slice(0, 16)}…`,
              ),
            ],
            facts: { leaf },
          };
        } catch (error) {
          return { findings: [failure("CERTIFICATE", nameOf(known(settings)), error)] };
        }
      },
    },
    ...rules.map(([code, rule]): PathStep => ({
      code,
      subject: "certificate",
      // Extensions exist since version 3.
      needs: code === "CERTIFICATE_VERSION" ? ["CERTIFICATE"] : ["CERTIFICATE", "CERTIFICATE_VERSION"],
      run: ({ leaf }) => ({ findings: [rule(known(leaf), context.now())].flat() }),
    })),
    {
      code: "REVOCATION_LIST",
      subject: "revocation list",
      needs: ["CERTIFICATE", "CERTIFICATE_VERSION"],
      run: async ({ leaf, settings }) => ({
        findings: await checkRevocationLists(known(leaf), context.createListFetch?.(known(settings)), context.now()),
      }),
    },
    {
      code: "KEY",
      subject: "private key",
      needs: [...fromSettings, "CERTIFICATE"],
      run: async ({ settings }) => checkKey(known(settings), () => load(known(settings))),
    },
    ...chainSteps(context),
  ];
}

function chainSteps(context: PathContext): readonly PathStep[] {
  return [
    {
      code: "CHAIN_LENGTH",
      subject: "certificate chain",
      needs: ["KEY", "KEY_MATCH", "CHAIN"],
      run: async ({ identity }) => ({ findings: [checkChainLength(known(identity), await context.trustAnchors())] }),
    },
    {
      code: "CHAIN_VALIDITY",
      subject: "certificate chain",
      needs: ["KEY", "KEY_MATCH", "CHAIN", "CHAIN_LENGTH"],
      run: async ({ identity }) => ({
        findings: [checkChainValidity(known(identity), await context.trustAnchors(), context.now())],
      }),
    },
    {
      code: "TRUST_ANCHOR",
      subject: "trust anchor",
      needs: ["KEY", "KEY_MATCH", "CHAIN", "CHAIN_LENGTH", "CHAIN_VALIDITY"],
      run: async ({ identity }) => {
        const { leaf, chain } = known(identity);
        const anchors = await context.trustAnchors();
        const path = choosePath(leaf, chain, anchors, context.now());
        const finding =
          anchors.length === 0
            ? skip(
                "TRUST_ANCHOR",
                "trust anchor",
                "name its certificates with --trust-anchor-bundle to have the chain checked against them",
              )
            : checkTrustAnchor({ leaf, chain }, path, anchors, context.now());
        return { findings: [finding], facts: { path } };
      },
    },
    ...pathRules.map((rule): PathStep => ({
      code: rule.code,
      subject: "certificate chain",
      needs: ["KEY", "KEY_MATCH", "CHAIN", "CHAIN_LENGTH", "CHAIN_VALIDITY"],
      run: ({ path }) => ({ findings: [checkPathRule(rule, known(path))] }),
    })),
  ];
}

type Load = () => Promise<Identity>;

/**
 * Reads the leaf without its key if possible, so that a faulty key does not hide a faulty certificate. The key selects
 * one of several certificates in a file. If the key does not open, the only one that is not an authority is used, else
 * the first.
 */
async function readLeaf(settings: VendSettings, load: Load, context: PathContext): Promise<Certificate> {
  const offered = await readCertificateFile(settings.identity, context);
  if (offered?.length === 1) return offered[0];
  try {
    return (await load()).leaf;
  } catch (error) {
    if (offered === undefined) throw error;
    const [leaf = offered[0], other] = leavesOf(offered);
    return other === undefined ? leaf : offered[0];
  }
}

async function checkKey(
  settings: VendSettings,
  load: Load,
): Promise<{ readonly findings: readonly Finding[]; readonly facts?: { readonly identity: Identity } }> {
  const { privateKey, certificate } = settings.identity;
  const named = privateKey ?? certificate;
  const subject = named === undefined ? "private key" : `private key (${renderText(describeOrigin(named.origin))})`;
  const opened = pass("KEY", subject, "opens");
  const matches = pass("KEY_MATCH", subject, "belongs to the certificate");
  try {
    const identity = await load();
    return { findings: [opened, matches, describeChain(identity)], facts: { identity } };
  } catch (error) {
    const code = error instanceof IdentityError ? error.code : undefined;
    if (code === "ERR_KEY_MISMATCH") return { findings: [opened, failure("KEY_MATCH", subject, error)] };
    if (code === "ERR_CHAIN" || code?.startsWith("ERR_CERTIFICATE") === true)
      return { findings: [opened, matches, failure("CHAIN", "certificate chain", error)] };
    return { findings: [failure("KEY", subject, error)] };
  }
}

function failure(code: FindingCode, subject: string, error: unknown): Finding {
  if (error instanceof RolesAnywhereError) return failBy(code, subject, error);
  return fail(
    code,
    subject,
    "is damaged: its DER does not decode",
    'check it with "openssl x509 -in CERTIFICATE -noout -text"',
  );
}

function nameOf({ identity: { certificate } }: VendSettings): string {
  return certificate === undefined
    ? "certificate of the store"
    : `${certificate.value.label} (${renderText(describeOrigin(certificate.origin))})`;
}
