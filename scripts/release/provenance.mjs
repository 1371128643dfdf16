// Describes how the files of a release were made, as an in-toto statement with SLSA's predicate. It is not signed: the
// release workflow has GitHub attest the same files; this statement is for builds elsewhere.
import { run, version } from "./paths.mjs";

/** @param {ReadonlyMap<string, string>} sums SHA-256 by file name. */
export function provenanceStatement(sums, { repository }) {
  const uri = `https://github.com/${repository}`;
  const commit = run("git", ["rev-parse", "HEAD"]).trim();
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [...sums].map(([name, digest]) => ({ name, digest: { sha256: digest } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: `${uri}/blob/v${version}/docs/releasing.md`,
        externalParameters: { command: "npm run release:files", repository: uri, ref: `refs/tags/v${version}` },
        internalParameters: { node: process.versions.node },
        resolvedDependencies: [{ uri: `git+${uri}@refs/tags/v${version}`, digest: { gitCommit: commit } }],
      },
      runDetails: {
        builder: {
          id:
            process.env.GITHUB_ACTIONS === "true"
              ? `${uri}/.github/workflows/release.yaml@refs/tags/v${version}`
              : `${uri}/blob/v${version}/docs/releasing.md#making-one`,
        },
      },
    },
  };
}
