/** Curves that IAM Roles Anywhere accepts. */
export const curves = [
  { name: "P-256", openSsl: "prime256v1", oid: "1.2.840.10045.3.1.7", bytes: 32, tpmId: 3 },
  { name: "P-384", openSsl: "secp384r1", oid: "1.3.132.0.34", bytes: 48, tpmId: 4 },
  { name: "P-521", openSsl: "secp521r1", oid: "1.3.132.0.35", bytes: 66, tpmId: 5 },
] as const;
