import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { stopProcess, type ProcessIdentity } from "../../components/platforms/local/process/identity";
import { listProcesses } from "../../components/platforms/local/process/processTable";

/** A process that works for a project folder. */
export interface Belonging extends ProcessIdentity {
  command: string;
}

/** A process that dies may still start another, so the list is read again; it must be empty after a few rounds. */
const ROUNDS = 10;

/**
 * The processes that work for a project folder: engine, plugins, supervisors, instances and router. They are known by
 * the folder in their environment, or by being one of this package's long-lived processes on it; no file of the folder is
 * needed, so that it works however broken the folder is.
 */
export function belongings(folder: string): Belonging[] {
  return listProcesses().flatMap(({ pid, startTime, zombie }) => {
    if (zombie || pid === process.pid) return [];
    const { command, environment } = describe(pid);
    const mine = environment.includes(folder) || (command.includes("runtime.cjs") && command.includes(folder));
    return mine ? [{ pid, startTime, command }] : [];
  });
}

/** Stops all of them, whoever watches them first. @throws when some are still there. */
export async function stopBelongings(folder: string, deadlineMs: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const left = belongings(folder);
    if (left.length === 0) return;
    const watchers = left.filter(({ command }) => command.includes("runtime.cjs"));
    const next = watchers.length > 0 ? watchers : left;
    await Promise.all(next.map((one) => stopProcess(one, { group: false, deadlineMs })));
  }
  const left = belongings(folder).map(({ pid, command }) => `${pid} ${command}`);
  throw new Error(`processes of ${folder} do not stop:\n${left.join("\n")}`);
}

function describe(pid: number): { command: string; environment: string } {
  if (process.platform !== "linux") {
    const both = quietly(() => execFileSync("ps", ["eww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" }));
    return { command: both, environment: both };
  }
  return {
    command: quietly(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"))
      .replaceAll("\0", " ")
      .trim(),
    environment: quietly(() => readFileSync(`/proc/${pid}/environ`, "latin1")),
  };
}

/** A process that has just ended, or another user's: not one of these. */
function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
