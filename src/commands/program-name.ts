/** The name that help, hints and completion use. */
export const programName = "rolesanywhere-ts";
