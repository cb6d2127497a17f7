import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive, stopProcess } from "../process/identity";
import { askSupervisor } from "./controlClient";
import { stopOrphans } from "./orphans";
import { SOCKET_FILE, type SupervisorStatus } from "./status";
import type { StopCounts } from "./supervisor";
import { supervisorStatus, writtenStatus } from "./supervisorStatus";

/** How long a supervisor may take to answer or, once it has stopped its instances, to end. Unit: milliseconds. */
const ANSWER_MS = 5_000;

/**
 * Stops the slot of this directory and its supervisor: SIGTERM to each instance's process group, SIGKILL at the deadline.
 * Also when the supervisor is dead or does not answer: what it left behind is found and stopped. Nothing to stop is
 * a success with zero counts.
 */
export async function stopSupervisor(dir: string, deadlineMs: number): Promise<StopCounts> {
  if (!existsSync(dir)) return { exited: 0, killed: 0 };
  const before = await supervisorStatus(dir);
  const counts =
    before?.supervisorAlive === true ? await endSupervisor(dir, before, deadlineMs) : { exited: 0, killed: 0 };
  // A supervisor that was killed, now or earlier, leaves its instances behind; one that ended by itself leaves nothing.
  const orphans = await stopOrphans(dir, before?.instances ?? [], deadlineMs);
  rmSync(join(dir, SOCKET_FILE), { force: true });
  return { exited: counts.exited + orphans.exited, killed: counts.killed + orphans.killed };
}

/** Has the supervisor stop its instances, and ends it in any case: otherwise it would start again what others stop. */
async function endSupervisor(dir: string, before: SupervisorStatus, deadlineMs: number): Promise<StopCounts> {
  const timeoutMs = deadlineMs + ANSWER_MS;
  const answer = await askSupervisor(dir, { method: "POST", path: "/stop", body: { deadlineMs }, timeoutMs });
  if (answer.kind === "answer" && (await waitForEnd(before, ANSWER_MS))) return answer.value as StopCounts;
  // When only its socket was removed, a signal makes it stop its instances too. When it hangs there is nothing to wait for.
  await stopProcess(before.supervisor, { group: false, deadlineMs: answer.kind === "absent" ? timeoutMs : 0 });
  if (answer.kind === "answer") return answer.value as StopCounts;
  const after = await writtenStatus(dir);
  const ended = before.instances.filter((instance) => instance.state === "running" && !isAlive(instance));
  const killed = ended.filter(({ index }) => after?.instances[index]?.lastExit?.signal === "SIGKILL").length;
  return { exited: ended.length - killed, killed };
}

async function waitForEnd(status: SupervisorStatus, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isAlive(status.supervisor)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
