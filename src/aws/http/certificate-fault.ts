/** Why a server's certificate is refused, and what to do about it. */
export interface CertificateFault {
  readonly text: string;
  readonly hint: string;
}

const unknownIssuer: CertificateFault = {
  text: "the server's certificate comes from an unknown issuer",
  hint: "if a proxy inspects TLS here, put its root certificate into a file and name it in AWS_CA_BUNDLE",
};
const wrongName: CertificateFault = {
  text: "the server's certificate is for another name",
  hint: "check the endpoint",
};
const wrongSignature: CertificateFault = {
  text: "a signature in the server's certificate chain is wrong",
  hint: "check that the trusted root is the current one: another may have the same name",
};
const wrongIssuer: CertificateFault = {
  text: "the server's certificate chain contains one that must not issue the next",
  hint: "check the basic constraints (CA, path length) of the server's certificate chain",
};

const faults: Readonly<Record<string, CertificateFault>> = {
  CERT_HAS_EXPIRED: {
    text: "the server's certificate has expired",
    hint: "check the clock of this machine, then the server",
  },
  CERT_NOT_YET_VALID: {
    text: "the server's certificate is not valid yet",
    hint: "check the clock of this machine",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  HOSTNAME_MISMATCH: wrongName,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: { ...unknownIssuer, text: "the server's certificate ends in an unknown root" },
  DEPTH_ZERO_SELF_SIGNED_CERT: { ...unknownIssuer, text: "the server's certificate is self-signed" },
  CERT_SIGNATURE_FAILURE: wrongSignature,
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: wrongSignature,
  INVALID_CA: wrongIssuer,
  PATH_LENGTH_EXCEEDED: wrongIssuer,
  CERT_CHAIN_TOO_LONG: wrongIssuer,
  INVALID_PURPOSE: {
    text: "the server's certificate, or one of its issuers, is not for a TLS server",
    hint: "give the server a certificate with the extended key usage serverAuth, by an issuer that may issue it",
  },
  CERT_REVOKED: {
    text: "the server's certificate, or one of its issuers, is revoked",
    hint: "have the server's certificate replaced",
  },
};

/** What Node.js and Bun name otherwise: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const rare =
  /^(?:UNABLE_TO_(?:GET_CRL|DECRYPT_CRL_SIGNATURE|DECODE_ISSUER_PUBLIC_KEY)|CRL_[A-Z_]+|ERROR_IN_C(?:ERT|RL)_[A-Z_]+_FIELD|OUT_OF_MEM|CERT_(?:UNTRUSTED|REJECTED)|UNHANDLED_CRITICAL_[A-Z_]+|(?:PERMITTED|EXCLUDED)_VIOLATION|[EC]A_[A-Z]+_TOO_(?:SMALL|WEAK)|UNSPECIFIED)$/;

/**
 * Explains a code of OpenSSL's verification; undefined for other codes.
 *
 * @param message OpenSSL's own words: all that there is for a weak key, a name constraint, an unknown critical extension.
 */
export function certificateFault(code: string, message: string): CertificateFault | undefined {
  const known = faults[code];
  if (known !== undefined || !rare.test(code)) return known;
  // Bun has names where Node.js has only OpenSSL's words.
  const reason = code === "UNSPECIFIED" ? message.split("\n", 1)[0] : code.toLowerCase().replaceAll("_", " ");
  return {
    text: `the server's certificate is refused: ${reason}`,
    hint: "check the server's certificate and its issuers, for example by openssl s_client -connect HOST:PORT",
  };
}

/** Returns the reason of a TLS alert by the server, such as "certificate required"; undefined for other errors. */
export function readAlert(code: string, message: string): string | undefined {
  const [, said, named] = /alert ([a-z ]+)|_ALERT_([A-Z_]+)/.exec(`${message} ${code}`) ?? [];
  return (said ?? named)?.trim().toLowerCase().replaceAll("_", " ");
}

/** Tells whether more trusted roots may help. */
export function isUnknownIssuer(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException & { readonly cause?: NodeJS.ErrnoException };
  return [code, cause?.code].some((name = "") => faults[name]?.hint === unknownIssuer.hint);
}
