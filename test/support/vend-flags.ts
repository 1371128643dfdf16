/** The three ARNs that most command lines share; no server knows them. */
export const arns = {
  trustAnchor: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/ta-1",
  profile: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/p-1",
  role: "arn:aws:iam::111122223333:role/path/demo",
} as const;

/** Returns `credential-process` with the shared ARNs and an endpoint where nothing listens. */
export function vendFlags(overrides: Readonly<Record<string, string | undefined>> = {}): readonly string[] {
  const flags: Record<string, string | undefined> = {
    "trust-anchor-arn": arns.trustAnchor,
    "profile-arn": arns.profile,
    "role-arn": arns.role,
    endpoint: "http://127.0.0.1:1",
    ...overrides,
  };
  const words = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return ["credential-process", ...words];
}
