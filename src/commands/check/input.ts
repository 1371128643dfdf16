import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { MaterialSource } from "../../identity/material-source.js";
import type { Sourced } from "../../origin.js";
import { parseMaterialFlag } from "../../settings/material-source.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { checkOptions } from "../options/check.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";

export const checkCommandOptions = { ...checkOptions, ...cachedCertificateOptions } as const;

/** What `check` is asked to look at. */
export interface CheckInput {
  /** The AWS profile to check; undefined for the settings given, or for what `AWS_PROFILE` names. */
  readonly profile: string | undefined;
  readonly scope: "methods" | "offline" | "whole path";
  /** Settings of the certificate path on the command line of `check` itself; they win over a profile's. */
  readonly given: OptionValues<typeof cachedCertificateOptions>;
  readonly trustAnchorBundle: Sourced<MaterialSource> | undefined;
  readonly environmentFile: string | undefined;
  /** Whether revocation lists are fetched. */
  readonly fetchesLists: boolean;
  readonly repair: "no" | "ask" | "unasked";
  readonly form: "text" | "json";
  readonly debug: boolean;
}

/** @throws UsageError `ERR_CONFLICT` when the profile is named twice, and not alike. */
export function toCheckInput({ options, positionals }: Arguments<typeof checkCommandOptions>): CheckInput {
  const { profile: byFlag, offline, methods, json, fix, yes, "fetch-crl": fetchCrl, ...rest } = options;
  const { "environment-file": environmentFile, "trust-anchor-bundle": bundle, ...given } = rest;
  return {
    profile: nameProfile(byFlag, positionals[0]),
    scope: methods === true ? "methods" : offline === true ? "offline" : "whole path",
    given,
    trustAnchorBundle: parseMaterialFlag("trust-anchor-bundle", bundle),
    environmentFile,
    fetchesLists: fetchCrl === true,
    repair: fix !== true ? "no" : yes === true ? "unasked" : "ask",
    form: json === true ? "json" : "text",
    debug: given.debug === true,
  };
}

function nameProfile(byFlag: string | undefined, word: string | undefined): string | undefined {
  if (byFlag === undefined || word === undefined || byFlag === word) return byFlag ?? word;
  throw new UsageError(
    "ERR_CONFLICT",
    `two profiles are named: ${quoteValue(word)} and --profile ${quoteValue(byFlag)}`,
    {
      hints: ["name one of them"],
    },
  );
}
