// Reads a folder from each line of standard input, and prints the access key that the AWS SDK for JavaScript gets from its
// files config and credentials for the profile that its file name holds, or "nothing". It prints why on standard error.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fromIni } from "@aws-sdk/credential-providers";

for await (const folder of createInterface(process.stdin)) {
  const from = {
    profile: readFileSync(`${folder}/name`, "utf8"),
    filepath: `${folder}/credentials`,
    configFilepath: `${folder}/config`,
    ignoreCache: true,
  };
  try {
    const { accessKeyId } = await fromIni(from)();
    console.log(accessKeyId);
  } catch (error) {
    console.error(folder, error.message);
    console.log("nothing");
  }
}
