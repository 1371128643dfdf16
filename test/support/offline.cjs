// Makes every name look-up fail, as on a machine without a network.
"use strict";
const dns = require("node:dns");

dns.lookup = (name, options, callback = options) =>
  process.nextTick(callback, Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }));
