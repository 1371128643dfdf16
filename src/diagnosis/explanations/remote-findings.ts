import type { FindingCode } from "../finding-codes.js";
import type { Explanation } from "./explanation.js";

/** Findings about the network and AWS. */
export const remoteFindings = {
  PROXY: {
    text: "The proxy that the environment names for the endpoint.",
    fix: "`HTTPS_PROXY=http://host:port`, and `NO_PROXY` for exceptions.",
  },
  NAME_RESOLUTION: {
    text: "The host has no address.",
    fix: "check region, endpoint and name server: `getent hosts HOST`.",
  },
  CONNECTION: {
    text: "The address has no TCP connection for us, neither directly nor through the proxy.",
    fix: "check firewall and proxy: `curl -v https://HOST/`.",
  },
  TLS: {
    text: "The server's certificate is not trusted, or an authority that is not one of AWS's stands in between.",
    fix: "name that authority in `AWS_CA_BUNDLE`, or have the host excepted from inspection.",
  },
  CLOCK: {
    text: "This machine's clock is off: a warning from one minute, a failure from five.",
    fix: "set it, for example by NTP: `timedatectl`.",
  },
  CREATE_SESSION: {
    text: "The service refused the session. The hint has the causes that the steps before have not ruled out.",
    fix: "`rolesanywhere-ts trust-policy` prints the trust policy that the role needs.",
  },
  SESSION_LENGTH: {
    text: "The session is shorter than asked for: the profile's own durationSeconds is less.",
    fix: "`aws rolesanywhere update-profile --profile-id ID --duration-seconds N`.",
  },
  HOP: {
    text: "STS rejected AssumeRole for a chained role. The message quotes STS; the hints say what that usually means.",
    fix: "the target role must trust the role before it for sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession.",
  },
  SCOPE: {
    text: "STS rejected GetScopedCredentials. The message quotes STS; the hints say what that usually means.",
    fix: "allow `sts:GetScopedCredentials` on resource `*` in the role's permissions, or correct the policy of the scope.",
  },
  TOKEN_SIZE: {
    text: "Length of the session token, and which known readers cut it off: Fluent Bit and version 1 of the AWS SDK for Go read about 8 KiB of a credential_process, cmd.exe takes lines of 8,191 characters, and Windows takes environment variables of 32,767. AWS names no maximum.",
    fix: "give such a reader its credentials with `serve`, or shorten session tags and session policies, which make tokens long.",
  },
  CALLER_IDENTITY: {
    text: "Whose the credentials are in the end, by GetCallerIdentity.",
    fix: "when this step fails, check the STS endpoint (`AWS_ENDPOINT_URL_STS`), and that the region is enabled in the account.",
  },
} as const satisfies Partial<Record<FindingCode, Explanation>>;
