/** Names of certificate signature algorithms, and whether IAM Roles Anywhere accepts them: SHA-256 or stronger. */
export const signatureAlgorithms: Readonly<Record<string, { readonly name: string; readonly accepted: boolean }>> = {
  "1.2.840.113549.1.1.2": { name: "md2WithRSAEncryption", accepted: false },
  "1.2.840.113549.1.1.4": { name: "md5WithRSAEncryption", accepted: false },
  "1.2.840.113549.1.1.5": { name: "sha1WithRSAEncryption", accepted: false },
  "1.2.840.113549.1.1.14": { name: "sha224WithRSAEncryption", accepted: false },
  "1.2.840.113549.1.1.11": { name: "sha256WithRSAEncryption", accepted: true },
  "1.2.840.113549.1.1.12": { name: "sha384WithRSAEncryption", accepted: true },
  "1.2.840.113549.1.1.13": { name: "sha512WithRSAEncryption", accepted: true },
  "1.2.840.113549.1.1.10": { name: "RSASSA-PSS", accepted: true },
  "1.2.840.10045.4.1": { name: "ecdsa-with-SHA1", accepted: false },
  "1.2.840.10045.4.3.1": { name: "ecdsa-with-SHA224", accepted: false },
  "1.2.840.10045.4.3.2": { name: "ecdsa-with-SHA256", accepted: true },
  "1.2.840.10045.4.3.3": { name: "ecdsa-with-SHA384", accepted: true },
  "1.2.840.10045.4.3.4": { name: "ecdsa-with-SHA512", accepted: true },
  "2.16.840.1.101.3.4.3.17": { name: "ML-DSA-44", accepted: true },
  "2.16.840.1.101.3.4.3.18": { name: "ML-DSA-65", accepted: true },
  "2.16.840.1.101.3.4.3.19": { name: "ML-DSA-87", accepted: true },
};
