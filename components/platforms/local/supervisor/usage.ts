import pidusage from "pidusage";
import { isAlive } from "../process/identity";
import { listProcesses } from "../process/processTable";
import type { InstanceStatus } from "./status";

export interface InstanceUsage {
  /** Of one core, since the last call for the same process or, in the first call, since its start. Unit: percent. */
  cpuPercent: number;
  /** Resident memory. Unit: MiB. */
  memoryMiB: number;
}

/**
 * What each running instance uses, by its index and with its children: a command is often a small parent of the process that
 * does the work. Instances without a process are left out. Memory that several processes share counts for each of them.
 */
export async function instanceUsage(
  instances: Pick<InstanceStatus, "index" | "pid" | "startTime">[],
): Promise<Map<number, InstanceUsage>> {
  const alive = instances.filter((instance) => isAlive(instance));
  const groups = new Map<number, number[]>(alive.map(({ pid }) => [pid, []]));
  for (const { pid, group, zombie } of listProcesses()) if (!zombie) groups.get(group)?.push(pid);
  const pids = [...groups.values()].flat();
  const result = new Map<number, InstanceUsage>();
  if (pids.length === 0) return result;
  // A process that ended in the meantime has no entry; when all of them did, the library throws.
  const usage: Record<number, { cpu: number; memory: number } | undefined> = await pidusage(pids).catch(
    (error: unknown) => {
      if (alive.some((instance) => isAlive(instance))) throw error;
      return {};
    },
  );
  for (const { index, pid } of alive) {
    const members = (groups.get(pid) ?? []).flatMap((member) => usage[member] ?? []);
    if (members.length === 0) continue;
    const cpuPercent = members.reduce((sum, { cpu }) => sum + cpu, 0);
    result.set(index, { cpuPercent, memoryMiB: members.reduce((sum, { memory }) => sum + memory, 0) / 1024 ** 2 });
  }
  return result;
}
