import { parseRoleArn } from "../../src/aws/arn.js";
import type { RoleArnText } from "../../src/aws/arn.js";
import { parseRoleSessionName } from "../../src/aws/duration.js";
import type { RoleSessionName } from "../../src/aws/duration.js";
import { parseRegion } from "../../src/aws/region.js";
import type { Region } from "../../src/aws/region.js";

/** Values as the settings pass them on. */
export const aRegion = (text: string): Region => parseRegion(text, "test");
export const aRole = (text: string): RoleArnText => parseRoleArn(text, "test").text;
export const aSessionName = (text: string): RoleSessionName => parseRoleSessionName(text, "test");
