import { askSupervisor } from "./controlClient";
import { supervisorStatusSchema, type SupervisorStatus } from "./status";
import { supervisorStatus } from "./supervisorStatus";

/** What one restart takes beside the waiting for its instance: stopping the old process. Unit: milliseconds. */
const MARGIN_MS = 60_000;

/**
 * Restarts the instances one after the other; not counted as crashes.
 *
 * @param listenWithinMs How long each may take to accept connections before the next one is stopped.
 * @throws when no supervisor runs, or an instance does not come back.
 */
export async function restartSupervisor(dir: string, listenWithinMs = 30_000): Promise<SupervisorStatus> {
  const before = await supervisorStatus(dir);
  if (before?.supervisorAlive !== true) throw new Error(`no supervisor runs in ${dir}: there is nothing to restart`);
  const answer = await askSupervisor(dir, {
    method: "POST",
    path: "/restart",
    body: { listenWithinMs },
    timeoutMs: before.instances.length * (listenWithinMs + MARGIN_MS),
  });
  if (answer.kind !== "answer") throw new Error(`the supervisor in ${dir} stopped answering: ${answer.reason}`);
  return supervisorStatusSchema.parse(answer.value);
}
