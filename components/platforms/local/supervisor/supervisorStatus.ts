import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../process/identity";
import { askSupervisor } from "./controlClient";
import { STATUS_FILE, supervisorStatusSchema, type SupervisorStatus } from "./status";

/** How long a supervisor may take to answer before its file is read instead. Unit: milliseconds. */
const ANSWER_MS = 5_000;

export type SupervisorView = SupervisorStatus & {
  /** Whether anybody restarts what crashes. When not, the states are what the processes themselves show. */
  supervisorAlive: boolean;
};

/**
 * What the supervisor of this directory says or, when it is dead, what it said last, corrected by a look at the processes.
 * Undefined when there never was one.
 */
export async function supervisorStatus(dir: string): Promise<SupervisorView | undefined> {
  const answer = await askSupervisor(dir, { method: "GET", path: "/status", timeoutMs: ANSWER_MS });
  if (answer.kind === "answer") return { ...supervisorStatusSchema.parse(answer.value), supervisorAlive: true };
  const written = await writtenStatus(dir);
  if (written === undefined) return undefined;
  if (isAlive(written.supervisor)) return { ...written, supervisorAlive: true };
  const instances = written.instances.map((instance) => ({
    ...instance,
    state: isAlive(instance) ? ("running" as const) : ("stopped" as const),
  }));
  return { ...written, instances, supervisorAlive: false };
}

/** What the supervisor wrote down last; undefined when it never did. */
export async function writtenStatus(dir: string): Promise<SupervisorStatus | undefined> {
  let text: string;
  try {
    text = await readFile(join(dir, STATUS_FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return supervisorStatusSchema.parse(JSON.parse(text));
  } catch (error) {
    // After a power failure the file may be empty. On Linux it can be done without: processes carry the supervisor's mark.
    if (process.platform === "linux") return undefined;
    throw new Error(
      `${join(dir, STATUS_FILE)} is damaged, so it is not known which processes run: ${(error as Error).message}\n` +
        "Remove the file once none of the slot's processes runs.",
      { cause: error },
    );
  }
}
