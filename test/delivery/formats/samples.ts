import type { DeliveredCredentials } from "../../../src/delivery/formats/delivered-credentials.js";

export const sampleCredentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
  sessionToken: "IQoJb3JpZ2luX2VjEA//8=",
  expiration: new Date("2026-11-22T10:11:12.345Z"),
  region: "eu-central-1",
  assumedRoleArn: "arn:aws:sts::111122223333:assumed-role/reader/session",
  assumedRoleId: "AROAEXAMPLE:session",
} as const satisfies DeliveredCredentials;

/** What breaks careless quoting in one shell or another. */
export const hostileValues = [
  "",
  " ",
  "'",
  "''",
  "'\\''",
  '"',
  "\\",
  "\\\\'",
  "a\\nb",
  "$HOME ${HOME} $(echo pwned) `echo pwned`",
  "$env:PATH $($env:PATH) @{x=1}",
  "%PATH% !PATH! ^& | < > ( )",
  "; echo pwned #",
  "# not a comment ; nor this",
  "*?[a-z]{x,y}~",
  "~/x:~/y",
  "-n",
  "first\nsecond",
  "\n",
  "ends with line end\n",
  "\r\n",
  "\ttab\u0001\u001b[31m\u007f",
  "‘curly’ “quotes” ‚low„ ‛",
  "ünïcödé 日本語 🔑",
  "\u2028\u2029\u00a0",
  "!history !!",
  "a=b==",
] as const;
