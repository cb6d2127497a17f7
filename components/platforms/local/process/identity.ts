import { listProcesses, readProcess } from "./processTable";

/**
 * One process, and never another that got the same pid later: the pid together with the time it was started.
 * Everything here that sends a signal compares the start time first.
 */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** How a stop went: it ended by itself in time, it had to be killed, or it was not there any more. */
export type StopResult = "exited" | "killed" | "gone";

/** How long a process may take to go after SIGKILL, which only a hung disk or device delays. */
const KILL_DEADLINE_MS = 10_000;

/** When the process with this pid was started, as a string to compare; undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  return readProcess(pid)?.startTime;
}

/** The identity of the process with this pid; undefined when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether this very process still runs. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  const entry = readProcess(identity.pid);
  return entry?.startTime === identity.startTime && !entry.zombie;
}

export interface StopOptions {
  /** Whether its whole process group goes with it; it must then be the group's leader. */
  group: boolean;
  /** Time from SIGTERM to SIGKILL. Unit: milliseconds. */
  deadlineMs: number;
}

/**
 * Stops a process: SIGTERM, then SIGKILL when the deadline passes. With `group` it waits for every member of the group.
 * Nothing is signalled when the process is gone already: what has its pid, or its group's, might be somebody else's.
 *
 * @throws when it may not be signalled, or is still there some time after SIGKILL.
 */
export async function stopProcess(identity: ProcessIdentity, options: StopOptions): Promise<StopResult> {
  if (!isAlive(identity)) return "gone";
  const remains = (): boolean => isAlive(identity) || (options.group && groupRemains(identity));
  const signal = (name: NodeJS.Signals): void => {
    if (remains()) send(options.group ? -identity.pid : identity.pid, name);
  };
  signal("SIGTERM");
  if (await becomesFalse(remains, options.deadlineMs)) return "exited";
  signal("SIGKILL");
  if (await becomesFalse(remains, KILL_DEADLINE_MS)) return "killed";
  throw new Error(
    `process ${identity.pid} is still there ${KILL_DEADLINE_MS / 1000} s after SIGKILL; ` +
      `it hangs in the kernel, most often on a disk or a network file system`,
  );
}

/**
 * Kills what is left of the group of a leader that has just ended. Only for the leader's parent, at the moment it learns of the end:
 * the number cannot have been given to another process by then.
 */
export function killGroupOf(leader: number): void {
  if (leader > 1) send(-leader, "SIGKILL");
}

/** Whether members of this leader's group live on. The kernel gives no new process the number of a group that has members. */
function groupRemains(leader: ProcessIdentity): boolean {
  const holder = readProcess(leader.pid);
  if (holder !== undefined && holder.startTime !== leader.startTime) return false;
  try {
    process.kill(-leader.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  // The signal reaches zombies too, and without an init process that reaps they stay for ever.
  return listProcesses().some((entry) => entry.group === leader.pid && !entry.zombie);
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ESRCH") return;
    // macOS answers EPERM for a group of which only zombies are left.
    if (code === "EPERM" && target < 0 && process.platform !== "linux") return;
    throw new Error(`may not send ${signal} to process ${Math.abs(target)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function becomesFalse(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (let pauseMs = 10; condition(); pauseMs = Math.min(pauseMs * 2, 100)) {
    const left = deadline - Date.now();
    if (left <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, left)));
  }
  return true;
}
