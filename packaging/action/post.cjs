// Runs when the job ends, whatever became of it: certificate, key, cache and profile go.
"use strict";
const { rmSync } = require("node:fs");

const folder = process.env.STATE_folder ?? "";
if (folder !== "") rmSync(folder, { recursive: true, force: true });
