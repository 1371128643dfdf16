/** A setting that names a certificate or key, fit for messages: a `pkcs11:` URI may carry a PIN, and a value may be the key. */
export function redactSource(text: string): string {
  if (text.includes("-----BEGIN")) return "(inline, not shown)";
  return text.replace(/pin-value=[^;&?]*/gi, "pin-value=***");
}
