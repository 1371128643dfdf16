// `rolesanywhere-ts/errors`
export {
  errorCodes,
  exitStatusOf,
  exitStatuses,
  IdentityError,
  InternalError,
  NetworkError,
  RolesAnywhereError,
  ServiceError,
  UsageError,
} from "../errors.js";
export type { Blame, ErrorCode } from "../errors.js";
