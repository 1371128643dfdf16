import type { Fault } from "./fault.js";
import type { Page } from "./page.js";

/** Names that are often misspelled, and their spelling here. */
const names: readonly (readonly [RegExp, string])[] = [
  [/\bAws\b|\bAWS cli\b|\baws-cli(?!`)(?! (?:v\d|2))/, "AWS CLI"],
  [/\bRolesAnywhere\b(?=\s)|\bIAM roles anywhere\b|\bRoles anywhere\b/, "IAM Roles Anywhere"],
  [/\bNodeJS\b|\bNode\.JS\b|\bNode JS\b|\bnodejs\b/, "Node.js"],
  [/\bJavascript\b|\bjavascript\b(?! SDK)/, "JavaScript"],
  [/\bTypescript\b/, "TypeScript"],
  [/\bDynamo DB\b|\bDynamoDb\b/, "DynamoDB"],
  [/\bOpenSsl\b|\bOpenssl\b/, "OpenSSL"],
  [/\bGithub\b/, "GitHub"],
  [/\bMacOS\b|\bMac OS\b|\bOSX\b/, "macOS"],
];

/** Finds misspelled names, and lines that end with blanks. */
export function findTextFaults(page: Page): readonly Fault[] {
  let fenced = false;
  return page.text.split("\n").flatMap((text, index) => {
    const fault = (message: string): Fault => ({ path: page.path, line: index + 1, message });
    const faults = /[ \t]$/.test(text) ? [fault("blanks at the end of the line")] : [];
    if (/^\s*```/.test(text)) fenced = !fenced;
    if (fenced) return faults;
    const prose = text.replaceAll(/`[^`]*`|\]\([^)]*\)|https:\S+/g, "``");
    for (const [wrong, right] of names) {
      const found = wrong.exec(prose);
      if (found !== null) faults.push(fault(`"${found[0]}" is written "${right}" here`));
    }
    return faults;
  });
}
