/** The verbs of the command line, for programs. Each works on the stack that is selected in a project's folder. */
export { status } from "./verbs/status";
export { deploy, type DeployOptions, type DeployResult } from "./verbs/deploy";
export { switchTo, type SwitchOptions, type SwitchResult } from "./verbs/switch";
export { rollback, type RollbackOptions } from "./verbs/rollback";
export { start, stop, restart, type ProcessesResult, type RestartOptions } from "./verbs/processes";
export { healthCheck, type HealthCheckOptions, type HealthCheckResult } from "./verbs/healthCheck";
export { cleanup, cleanupReleases, type CleanupResult } from "./verbs/cleanup";
export { abort, approve, promote, reject, type DecideOptions, type DecideResult } from "./verbs/decide";
export { history, type HistoryOptions } from "./verbs/history";
export { repair, type RepairOptions, type RepairResult } from "./verbs/repair";
export type { ChangeOptions, StackOptions, UpdateOptions } from "./options";
export type { Recommendation, RouteStatus, SlotStatus, StandbyStatus, Status } from "./status";
export type { RunningCutover } from "./running";
export { EXIT_CODES, Failure, kindOf, type FailureKind } from "./failure";
