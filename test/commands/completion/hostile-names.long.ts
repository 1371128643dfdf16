process.env["ROLESANYWHERE_TS_HOSTILE_NAMES"] = "20000";
await import("./hostile-names.test.js");
