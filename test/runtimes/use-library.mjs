// A program that uses the installed package as its readers would. What it found goes to stdout as JSON.
import { fromRolesAnywhere, signRequest, version } from "rolesanywhere-ts";

const settings = JSON.parse(process.argv[2]);
const provider = fromRolesAnywhere(settings.direct);
const [first, second] = [await provider(), await provider()];
const hopped = await fromRolesAnywhere(settings.hopped)();
const signed = await signRequest(
  { url: settings.sts, method: "POST", body: "Action=GetCallerIdentity&Version=2011-06-15", headers: settings.headers },
  { credentials: first, service: "sts", region: "us-east-1" },
);
const answer = await fetch(signed.url, { method: signed.method, headers: signed.headers, body: signed.body });
let refusal;
try {
  fromRolesAnywhere({ ...settings.direct, roleArn: "arn:aws:iam::1:role" });
} catch (error) {
  refusal = error.code;
}
const found = {
  version,
  memoised: first.accessKeyId === second.accessKeyId,
  direct: first.accessKeyId,
  hopped: hopped.accessKeyId,
  identity: await answer.text(),
  refusal,
};
process.stdout.write(JSON.stringify(found));
