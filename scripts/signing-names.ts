import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAwsHost } from "../src/request/aws-host.js";

/** Endpoint URL, and every name and region under which botocore signs requests to it. */
export type SignedEndpoint = readonly [url: string, signers: readonly (readonly [name: string, region: string])[]];

/** Reads the endpoints that the installed botocore knows. */
export function readEndpoints(root: string): readonly SignedEndpoint[] {
  const script = join(root, "test/support/botocore-endpoints.py");
  return JSON.parse(execFileSync("python3", [script], { encoding: "utf8", maxBuffer: 2 ** 28 })) as SignedEndpoint[];
}

/** Returns the ends of a host name, shortest first; its last label is the service's. */
function endsOf(labels: readonly string[]): readonly string[] {
  return labels.map((_, index) => labels.slice(-1 - index).join("."));
}

function tabulate(endpoints: readonly SignedEndpoint[]): { names: Map<string, string>; regions: Map<string, string> } {
  const namesOf = new Map<string, Set<string>>();
  const regions = new Map<string, string>();
  for (const [url, signers] of endpoints) {
    const { hostname } = new URL(url);
    const host = readAwsHost(hostname);
    if (host === undefined) continue;
    const key = host.labels.join(".");
    const names = namesOf.get(key) ?? new Set();
    namesOf.set(key, names);
    for (const [name] of signers) names.add(name);
    const signingRegions = signers.map(([, region]) => region);
    const expected = host.region ?? host.globalRegion;
    if (host.region === undefined && !signingRegions.includes(expected))
      regions.set(hostname.replace("-fips.", "."), signingRegions[0] ?? "");
  }
  const byEnd = new Map<string, Set<string>>();
  for (const [key, found] of namesOf)
    for (const end of endsOf(key.split("."))) byEnd.set(end, new Set([...(byEnd.get(end) ?? []), ...found]));
  const names = new Map<string, string>();
  for (const [key, found] of namesOf) {
    const labels = key.split(".");
    if (found.has(labels.at(-1) ?? "")) continue;
    const [name = ""] = found;
    const end = endsOf(labels).find((each) => [...(byEnd.get(each) ?? [])].every((other) => other === name)) ?? key;
    names.set(end, name);
  }
  return { names, regions };
}

function format(name: string, comment: string, entries: ReadonlyMap<string, string>): string {
  const lines = [...entries]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `  ${/^[a-z]\w*$/i.test(key) ? key : JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return `/** ${comment} */\nexport const ${name}: Readonly<Record<string, string>> = {\n${lines.join("\n")}\n};\n`;
}

export function main(_: readonly string[], root: string): number {
  const { names, regions } = tabulate(readEndpoints(root));
  writeFileSync(
    join(root, "src/request/signing-names.ts"),
    [
      "// Made by scripts/signing-names.ts from botocore's endpoint rules.\n",
      format("signingNames", "Ends of hosts whose service signs under another name than its label.", names),
      format("signingRegions", "Hosts without a region that sign outside their partition's global region.", regions),
    ].join("\n"),
  );
  return 0;
}
