import { formatExpiration } from "../../delivery/process-document.js";
import type { ServiceToken } from "../../signing/presigned-tokens.js";

export type TokenFormat = "plain" | "json" | "exec-credential";

const execVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] as const;

/** @param execInfo KUBERNETES_EXEC_INFO, in which kubectl names its API version. */
export function formatToken(token: ServiceToken, format: TokenFormat, execInfo: string | undefined): string {
  switch (format) {
    case "plain":
      return `${token.token}\n`;
    case "json":
      return `${JSON.stringify({ token: token.token, expiration: formatExpiration(token.expiresAt) })}\n`;
    case "exec-credential":
      return `${JSON.stringify({
        kind: "ExecCredential",
        apiVersion: execVersionOf(execInfo),
        spec: {},
        status: { expirationTimestamp: formatExpiration(token.expiresAt), token: token.token },
      })}\n`;
  }
}

/** Clients before Kubernetes 1.20 name none and expect v1beta1. */
function execVersionOf(execInfo = ""): string {
  const asked = /"apiVersion"\s*:\s*"([^"]+)"/.exec(execInfo)?.[1];
  return execVersions.find((version) => version === asked) ?? execVersions[1];
}
