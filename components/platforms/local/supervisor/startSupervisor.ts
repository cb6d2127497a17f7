import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { identityOf, stopProcess } from "../process/identity";
import { runtimeDoor } from "../runtimeDoor";
import { inheritedEnvironment } from "./instanceEnvironment";
import { supervisorSpecSchema, type SupervisorSpec } from "./spec";
import { STARTUP_LOG_FILE, supervisorStatusSchema, type SupervisorStatus } from "./status";
import { stopSupervisor } from "./stopSupervisor";
import { supervisorStatus } from "./supervisorStatus";

/** A machine under load takes its time to start a process that compiles its code first. */
const START_WITHIN_MS = 60_000;
/** The log of the supervisor itself is begun afresh above this size. Unit: bytes. */
const LONGEST_LOG = 1024 * 1024;
const LAST_LINES = 20;

/**
 * Starts the supervisor of a slot in a session of its own, so that it outlives this process, and waits until each of its
 * instances has been spawned; whether they answer is for the gate to say. When one with the same fingerprint runs already,
 * nothing happens. What a dead one left behind is stopped first, for it holds the ports.
 *
 * @param door The file that is run; `runtime.cjs` of this package unless given.
 * @throws when another fingerprint runs (stop it first), or the supervisor dies, with the last lines it wrote.
 */
export async function startSupervisor(
  dir: string,
  spec: SupervisorSpec,
  door = runtimeDoor(),
): Promise<SupervisorStatus> {
  const checked = supervisorSpecSchema.parse(spec);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const current = await supervisorStatus(dir);
  if (current?.supervisorAlive === true) {
    if (current.fingerprint === spec.fingerprint) return untilSpawned(dir, () => undefined);
    throw new Error(
      `${current.slot} already runs ${current.release} under the supervisor with pid ${current.supervisor.pid}, ` +
        `and ${spec.release} or another configuration was to be started. Stop it first.`,
    );
  }
  await stopSupervisor(dir, spec.stopDeadlineMs);
  return launch(dir, checked, door);
}

async function launch(dir: string, spec: SupervisorSpec, door: string): Promise<SupervisorStatus> {
  const log = openLog(dir);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [door, "supervisor", dir], {
      // Not what this process has in its environment: that of a deployment is full of credentials.
      env: inheritedEnvironment(),
      stdio: ["pipe", log.descriptor, log.descriptor],
      detached: true,
    });
  } finally {
    closeSync(log.descriptor);
  }
  let end: string | undefined;
  child.once("error", (error) => (end = error.message));
  child.once("exit", (code, signal) => (end = `it ended with ${signal ?? `exit code ${code ?? "unknown"}`}`));
  // When it dies before it has read everything, its exit says more than the broken pipe.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(JSON.stringify(spec));
  child.unref();
  try {
    return await untilSpawned(dir, () => end, child.pid);
  } catch (error) {
    const identity = child.pid === undefined || end !== undefined ? undefined : identityOf(child.pid);
    if (identity !== undefined) {
      await stopProcess(identity, { group: false, deadlineMs: spec.stopDeadlineMs });
      // Had it to be killed, its instances are still there. Were they another supervisor's, they are not ours to stop.
      if ((await supervisorStatus(dir))?.supervisorAlive !== true) await stopSupervisor(dir, spec.stopDeadlineMs);
    }
    const said = readFileSync(log.file)
      .subarray(log.from)
      .toString()
      .trimEnd()
      .split("\n")
      .slice(-LAST_LINES)
      .join("\n");
    throw new Error(`the supervisor of ${spec.slot} did not start: ${(error as Error).message}\n${said}`, {
      cause: error,
    });
  }
}

/** Waits until the supervisor answers and has tried to start each instance. */
async function untilSpawned(dir: string, end: () => string | undefined, pid?: number): Promise<SupervisorStatus> {
  const deadline = Date.now() + START_WITHIN_MS;
  for (;;) {
    const ended = end();
    if (ended !== undefined) throw new Error(ended);
    const view = await supervisorStatus(dir);
    if (view?.supervisorAlive === true && (pid === undefined || view.supervisor.pid === pid)) {
      if (view.instances.every((instance) => instance.state !== "starting")) return supervisorStatusSchema.parse(view);
    }
    if (Date.now() > deadline) throw new Error(`it did not answer within ${START_WITHIN_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function openLog(dir: string): { file: string; descriptor: number; from: number } {
  const file = join(dir, STARTUP_LOG_FILE);
  const descriptor = openSync(file, "a", 0o600);
  const { size } = fstatSync(descriptor);
  if (size <= LONGEST_LOG) return { file, descriptor, from: size };
  closeSync(descriptor);
  rmSync(file, { force: true });
  return { file, descriptor: openSync(file, "a", 0o600), from: 0 };
}
