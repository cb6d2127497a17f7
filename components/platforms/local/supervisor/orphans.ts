import { readFileSync, realpathSync } from "node:fs";
import { identityOf, stopProcess, type ProcessIdentity } from "../process/identity";
import { listProcesses } from "../process/processTable";
import { MARKER } from "./instanceEnvironment";
import type { StopCounts } from "./supervisor";

/**
 * Stops what a dead supervisor left behind: the instances it had on record with their groups, then every process that still
 * carries its mark (one it started in its last moment, a child that left its group). Call it only when the supervisor is gone.
 */
export async function stopOrphans(dir: string, onRecord: ProcessIdentity[], deadlineMs: number): Promise<StopCounts> {
  const groups = await Promise.all(onRecord.map((instance) => stopProcess(instance, { group: true, deadlineMs })));
  const strays = await Promise.all(
    markedProcesses(dir).map((stray) => stopProcess(stray, { group: false, deadlineMs })),
  );
  const results = [...groups, ...strays];
  const count = (wanted: string): number => results.filter((result) => result === wanted).length;
  return { exited: count("exited"), killed: count("killed") };
}

/** Processes with this supervisor's mark in their environment. Other systems than Linux do not show it. */
function markedProcesses(dir: string): ProcessIdentity[] {
  if (process.platform !== "linux") return [];
  const mark = `\0${MARKER}=${realpathSync(dir)}\0`;
  return listProcesses().flatMap(({ pid, startTime }) => {
    if (pid === process.pid || !environmentOf(pid).includes(mark)) return [];
    const identity = identityOf(pid);
    return identity?.startTime === startTime ? [identity] : [];
  });
}

function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}\0`;
  } catch {
    // Another user's process, or one that has just ended: not ours to stop.
    return "";
  }
}
