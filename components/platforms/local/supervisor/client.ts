/** What a deployment does with the supervisor of a slot: everything goes by the supervisor's directory. */
export { restartSupervisor } from "./restartSupervisor";
export { startSupervisor } from "./startSupervisor";
export { stopSupervisor } from "./stopSupervisor";
export { supervisorStatus, type SupervisorView } from "./supervisorStatus";
export type { SupervisorSpec } from "./spec";
export type { InstanceStatus, SupervisorStatus } from "./status";
export type { StopCounts } from "./supervisor";
