import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { MaterialSource } from "../identity/material-source.js";
import type { IdentitySource } from "../identity/source.js";
import { describeOrigin, strengthOf } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { Lookup } from "./lookup.js";
import { parseMaterialSource } from "./material-source.js";
import { systemStore } from "./values.js";

const exclusive = [
  ["certificate", "certSelector"],
  ["privateKey", "certSelector"],
  ["intermediates", "certSelector"],
  ["certificate", "certStore"],
  ["privateKey", "certStore"],
] as const satisfies readonly (readonly [keyof IdentitySource, keyof IdentitySource])[];

const nameOf = {
  certificate: "certificate",
  privateKey: "private-key",
  intermediates: "intermediates",
  certSelector: "cert-selector",
  certStore: "cert-store",
} as const;

/**
 * Resolves the sources of certificate and key. If two settings exclude each other, the stronger origin wins (flag, then
 * environment, then profile); two of the same origin are refused.
 *
 * @throws UsageError `ERR_CONFLICT`
 */
export function resolveIdentitySource(lookup: Lookup): IdentitySource {
  const source: { -readonly [Name in keyof IdentitySource]: IdentitySource[Name] } = {
    certificate: material(lookup.string("certificate")),
    privateKey: material(lookup.string("private-key")),
    intermediates: material(lookup.string("intermediates")),
    pkcs8Password: lookup.string("pkcs8-password"),
    pkcs12Password: lookup.string("pkcs12-password"),
    passwordFile: lookup.string("password-file"),
    certSelector: lookup.string("cert-selector"),
    certStore: lookup.string("cert-store"),
    systemStoreName: lookup.string("system-store-name") ?? byDefault(systemStore),
    useLatestExpiringCertificate: lookup.boolean("use-latest-expiring-certificate") ?? byDefault(false),
    pkcs11Lib: lookup.string("pkcs11-lib"),
    pkcs11Pin: lookup.string("pkcs11-pin"),
    pkcs11PinFile: lookup.string("pkcs11-pin-file"),
    reusePin: lookup.boolean("reuse-pin") ?? byDefault(false),
    tpmKeyPassword: lookup.string("tpm-key-password"),
    noTpmKeyPassword: lookup.boolean("no-tpm-key-password") ?? byDefault(false),
  };
  for (const [one, other] of exclusive) {
    const [first, second] = [source[one], source[other]];
    if (first === undefined || second === undefined) continue;
    const difference = strengthOf(first.origin) - strengthOf(second.origin);
    if (difference === 0) throw conflict(nameOf[one], first, nameOf[other], second);
    source[difference > 0 ? other : one] = undefined;
  }
  return source;
}

function conflict(one: string, first: Sourced<unknown>, other: string, second: Sourced<unknown>): UsageError {
  const [here, there] = [describeOrigin(first.origin), describeOrigin(second.origin)];
  return new UsageError(
    "ERR_CONFLICT",
    message`${setting(one)} and ${setting(other)} exclude each other, and both were given (${here}, ${there})`,
    {
      hints: [message`leave out ${here} or ${there}`],
    },
  );
}

function material(found: Sourced<string> | undefined): Sourced<MaterialSource> | undefined {
  return found === undefined ? undefined : { value: parseMaterialSource(found), origin: found.origin };
}

function byDefault<T>(value: T): Sourced<T> {
  return { value, origin: { kind: "default" } };
}
