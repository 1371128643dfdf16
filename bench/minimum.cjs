// The least that trades a certificate for credentials: reads PEM, signs, asks, prints. A limit for the benchmark only: it
// checks nothing, retries nothing and explains nothing.
const { createHash, createSign, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");
const https = require("node:https");
const [certificate, key, intermediate, trustAnchorArn, profileArn, roleArn, endpoint] = process.argv.slice(2);
const x509 = new X509Certificate(readFileSync(certificate));
const url = new URL(
  `${endpoint}/sessions?${[
    ["profileArn", profileArn],
    ["roleArn", roleArn],
    ["trustAnchorArn", trustAnchorArn],
  ]
    .map(([k, v]) => `${k}=${encodeURIComponent(v)}`)
    .join("&")}`,
);
const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
const scope = `${date.slice(0, 8)}/${trustAnchorArn.split(":")[3]}/rolesanywhere/aws4_request`;
const body = '{"durationSeconds":3600}';
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const headers = {
  "content-type": "application/json",
  host: url.host,
  "x-amz-date": date,
  "x-amz-x509": x509.raw.toString("base64"),
  "x-amz-x509-chain": new X509Certificate(readFileSync(intermediate)).raw.toString("base64"),
};
const names = Object.keys(headers).join(";");
const canonical = [
  "POST",
  url.pathname,
  url.search.slice(1),
  ...Object.entries(headers).map(([k, v]) => `${k}:${v}`),
  "",
  names,
  sha256(body),
].join("\n");
const algorithm = `AWS4-X509-${x509.publicKey.asymmetricKeyType === "ec" ? "ECDSA" : "RSA"}-SHA256`;
const signature = createSign("sha256")
  .update([algorithm, date, scope, sha256(canonical)].join("\n"))
  .sign(readFileSync(key), "hex");
headers.authorization = `${algorithm} Credential=${BigInt(`0x${x509.serialNumber}`)}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
const { request } = url.protocol === "https:" ? https : require("node:http");
request(
  url,
  { method: "POST", headers, ca: process.env.AWS_CA_BUNDLE && readFileSync(process.env.AWS_CA_BUNDLE), agent: false },
  async (response) => {
    let text = "";
    for await (const chunk of response) text += chunk;
    const {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    } = JSON.parse(text).credentialSet[0].credentials;
    process.stdout.write(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration }));
  },
).end(body);
