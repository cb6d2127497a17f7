import { readFileSync } from "node:fs";
import { identityOf, stopProcess, type ProcessIdentity } from "../platforms/local/process/identity";
import { listProcesses } from "../platforms/local/process/processTable";

/** Names one run of a hook to everything that it starts, so that what left its process group can be found. */
export const MARK = "BLUEGREEN_HOOK_RUN";

/** What forks faster than it is found is looked for again, so often. */
const ROUNDS = 10;

/**
 * Kills what still carries this mark. Other systems than Linux do not show a process's environment; there only the process
 * group is ended.
 *
 * @throws when some of it is still there in the end.
 */
export async function endStrays(mark: string): Promise<void> {
  if (process.platform !== "linux") return;
  for (let round = 0; round < ROUNDS; round += 1) {
    const strays = marked(mark);
    if (strays.length === 0) return;
    await Promise.all(strays.map((stray) => stopProcess(stray, { group: false, deadlineMs: 0 })));
  }
  const left = marked(mark);
  if (left.length > 0) throw new Error(`${left.length} processes that it started could not be ended`);
}

function marked(mark: string): ProcessIdentity[] {
  const wanted = `\0${MARK}=${mark}\0`;
  return listProcesses().flatMap(({ pid, startTime, zombie }) => {
    if (zombie || pid === process.pid || !environmentOf(pid).includes(wanted)) return [];
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
