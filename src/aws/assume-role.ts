import type { RoleArnText } from "./arn.js";
import type { RoleSessionName } from "./duration.js";

/**
 * One step of role chaining, with the parameter names of AssumeRole.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface AssumeRoleParameters {
  readonly RoleArn: string;
  /** 2-64 characters of `[\w+=,.@-]`. */
  readonly RoleSessionName?: string;
  /** 900-3600 seconds, the limits of role chaining. */
  readonly DurationSeconds?: number;
  readonly ExternalId?: string;
  readonly SourceIdentity?: string;
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
  /** JSON text of an inline session policy. */
  readonly Policy?: string;
  readonly PolicyArns?: readonly { readonly arn: string }[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly TransitiveTagKeys?: readonly string[];
}

/** A parsed chained role. */
export interface Hop extends Omit<AssumeRoleParameters, "RoleArn" | "RoleSessionName"> {
  readonly RoleArn: RoleArnText;
  readonly RoleSessionName?: RoleSessionName;
}

/** A chained role with all parameters that STS requires. */
export type CompleteHop = Hop & { readonly RoleSessionName: RoleSessionName };
