import type { ErrorCode } from "../../errors.js";
import type { Explanation } from "./explanation.js";

/** Errors of the certificate and key, AWS, the network, and this program. */
export const otherErrors = {
  ERR_CERTIFICATE: {
    seen: '"…" (--certificate) is empty, expected a PEM certificate',
    text: "No certificate was found where it should be, it does not decode, or several fit a selector or URI.",
    fix: "`rolesanywhere-ts read-certificate-data --certificate FILE`, or with `--cert-store`, `--cert-selector` or `pkcs11:` the list of what is there.",
  },
  ERR_CERTIFICATE_EXPIRED: {
    seen: 'certificate "…" (--certificate) expired 2 days ago (notAfter …)',
    text: "The certificate's end has passed by this machine's clock. AWS is not asked.",
    fix: "renew it and put it in the same place; [`renew`](renew.md) does so ahead of the end. If the date is wrong, set the clock.",
  },
  ERR_CERTIFICATE_NOT_YET_VALID: {
    seen: 'certificate "…" (--certificate) is not valid yet: it becomes valid in 2 days (notBefore …)',
    text: "The certificate's beginning lies ahead by this machine's clock.",
    fix: "set the clock, or wait; some authorities backdate certificates by a minute for this reason.",
  },
  ERR_CERTIFICATE_UNSUITABLE: {
    seen: 'certificate "…" (--certificate) has keyUsage keyEncipherment, expected digitalSignature among them',
    text: "The service would refuse this certificate: it is an authority's (CA:TRUE), has no keyUsage digitalSignature, or is not X.509 version 3. (An empty subject and SHA-1 signatures, which are refused too, are found by `check`.)",
    fix: "have it issued anew; [getting started](getting-started.md) has commands that get it right. If it is the authority's, give the leaf to `--certificate`.",
  },
  ERR_CHAIN: {
    seen: 'intermediates file "…" (--intermediates) holds a PRIVATE KEY block, expected certificates only',
    text: "The file of `--intermediates` holds something else than certificates, or more than five links remain.",
    fix: "name a PEM file of the intermediate authorities; make the lowest authority the trust anchor.",
  },
  ERR_KEY: {
    seen: '"…" (--private-key) is empty, expected a PEM private key',
    text: "The private key does not open or cannot sign: damaged, of a type or curve that the service does not take, not on the token, refused by the TPM, or a file that asks for absurd work to decrypt.",
    fix: "`openssl pkey -in FILE -noout` for files; [keys](keys.md) for tokens and TPMs.",
  },
  ERR_KEY_MISMATCH: {
    seen: 'private key "…" (--private-key) does not belong to certificate "…" (--certificate)',
    text: "The private key belongs to another certificate. AWS would answer `Invalid signature`.",
    fix: "compare `openssl pkey -in KEY -pubout` with `openssl x509 -in CERTIFICATE -noout -pubkey`. During a renewal both files must be replaced; a pair that is half new is read once more before it fails.",
  },
  ERR_PASSWORD: {
    seen: 'wrong password for private key "…" (--private-key)',
    text: "The password of a key or PKCS#12 file, the PIN of a token or the password of a TPM key is wrong, missing or locked.",
    fix: "look for a blank or line end too many in its file or variable. Mend it before the next run: tokens lock after a few wrong PINs, TPMs after a few wrong passwords.",
  },
  ERR_SPIFFE_IDENTITY: {
    seen: 'the SPIFFE agent of "…" (--certificate) refused: no identity issued',
    text: "The agent has no SVID for this process, or none with the SPIFFE ID or hint that is asked for.",
    fix: "register this process with the selectors that the agent sees of it (`spire-server entry create`), then wait some seconds. [SPIFFE](spiffe.md) has an entry.",
  },
  ERR_SPIFFE_PERMISSION: {
    seen: "permission denied on the SPIFFE agent's socket unix:///…",
    text: "The agent's socket may not be opened by this user.",
    fix: "`ls -l` on the socket and its folders; run as a user that may write to it, or mount it so in the container.",
  },
  ERR_SPIFFE_PROTOCOL: {
    seen: "… is not a SPIFFE Workload API: it does not speak HTTP/2",
    text: "Something listens on the socket, but it is not a SPIFFE Workload API: another program, or the agent's admin socket.",
    fix: "name the agent's public socket: `socket_path` in the configuration of SPIRE's agent.",
  },
  ERR_ACCESS_DENIED: {
    seen: "CreateSession was refused: AccessDeniedException: Unable to assume role for … (HTTP 403, request id …)",
    text: "AWS refused: 403, or 401. The message has the service's own words and the request id. Of `renew`: the certificate authority refused.",
    fix: "follow the hints, which fit the words; then `rolesanywhere-ts check` and `rolesanywhere-ts trust-policy`. For `renew`, see [renew](renew.md#if-it-fails).",
  },
  ERR_SERVICE: {
    seen: "CreateSession was refused: ResourceNotFoundException: … (HTTP 404, request id …)",
    text: "AWS answered with an error that is neither a refusal nor throttling: an unknown trust anchor or profile (404), a request out of range (400), or a fault of its own (5xx, after three tries).",
    fix: "compare the ARNs with those in AWS; for 5xx try again later and see AWS's health dashboard.",
  },
  ERR_SERVICE_RESPONSE: {
    seen: "the answer of CreateSession is not a JSON object",
    text: "The answer is not what the service sends: no JSON, members missing, a session that has already ended. Of `renew`: a certificate for another key or subject, or a web page.",
    fix: "check `--endpoint` and the `AWS_ENDPOINT_URL` variables, whether a proxy answers in AWS's place, and the clock. For `renew`, see [renew](renew.md#if-it-fails).",
  },
  ERR_THROTTLED: {
    seen: "CreateSession was refused: ThrottlingException: Rate exceeded (HTTP 400, request id …)",
    text: "AWS limits the rate: CreateSession to ten a second in an account and region. Three tries did not get through.",
    fix: "leave the cache on, use `serve` for many processes, see [caching and quotas](cache.md); have the quota raised.",
  },
  ERR_CONNECTION: {
    seen: "cannot reach …: connection refused",
    text: "No connection to the endpoint or the proxy: name, route, port, or dropped on the way.",
    fix: "check region and `--endpoint`, `HTTPS_PROXY` and `NO_PROXY`; `rolesanywhere-ts check` tries name, connection and TLS one by one.",
  },
  ERR_SPIFFE_AGENT: {
    seen: "no SPIFFE agent at unix:///run/spire/agent.sock: no such socket",
    text: "The agent is not running, or listens elsewhere, or is not ready. A session that is still in force answers meanwhile.",
    fix: "start the agent, and compare the address with `socket_path` in its configuration. In a container, mount the socket.",
  },
  ERR_SPIFFE_TIMEOUT: {
    seen: "no answer from the SPIFFE agent at …: nothing within 10 s",
    text: "The agent took the connection and gave no SVID within 10 seconds: it is attesting this process, or another program listens on the socket.",
    fix: "see the log of the agent.",
  },
  ERR_TIMEOUT: {
    seen: "no complete answer from … in the time allowed",
    text: "No connection within 10 seconds, no answer within 20, or not done within 50 in all.",
    fix: "check the network path and the proxy. A tool that gives up earlier than this has a limit of its own.",
  },
  ERR_TLS: {
    seen: "cannot reach …: the server's certificate comes from an unknown issuer",
    text: "The TLS handshake failed, or the server's certificate is not trusted, expired or for another name. Often a proxy that inspects traffic stands between.",
    fix: "name that proxy's authority in `AWS_CA_BUNDLE`, or have AWS's hosts excepted. `--no-verify-ssl` hides the problem and lets anyone on the network path read the session.",
  },
  ERR_INTERNAL: {
    text: "Something happened that this program did not expect.",
    fix: "please report it with the command line, without its secrets.",
  },
} as const satisfies Partial<Record<ErrorCode, Explanation>>;
