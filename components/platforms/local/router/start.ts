import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, stopProcess } from "../process/identity";
import { runtimeDoor } from "../runtimeDoor";
import type { RouterHealth } from "./api";
import { RouterClient, RouterGone } from "./client";
import { livingRouter } from "./identity";
import { rotateRouterLog, routerLogPath } from "./routerLog";
import { controlSocketPath } from "./routerProcess";
import { type InitialRoute, type RouterSettingsInput, firstState } from "./state";
import { StateFile } from "./stateFile";

const START_DEADLINE_MS = 20_000;
const POLL_MS = 25;
const OTHER_STARTER_MS = 300;
const SIGTERM_MS = 3000;
const LOG_LINES_SHOWN = 8;

export function routerClient(dir: string): RouterClient {
  return new RouterClient(controlSocketPath(dir));
}

/**
 * Makes sure that the router of a folder runs, and returns how it is. `settings` and `initial` count only the first time:
 * a route that exists is kept as it is. @throws with the router's own reason when it cannot start.
 */
export async function startRouter(
  dir: string,
  settings: RouterSettingsInput,
  initial: InitialRoute,
): Promise<RouterHealth> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const running = await healthIfAny(dir);
  if (running !== undefined) return running;
  const file = new StateFile(dir);
  if (file.read() === undefined) await file.write(firstState(settings, initial, new Date()));
  return spawnRouter(dir);
}

/** Whether a router answers, or at least its process lives, for this folder. */
export async function routerIsAlive(dir: string): Promise<boolean> {
  return livingRouter(dir) !== undefined || (await healthIfAny(dir)) !== undefined;
}

/** Shuts the router of a folder down: gracefully, then by SIGTERM, then by SIGKILL. Does nothing when none runs. */
export async function stopRouter(dir: string, graceMs: number): Promise<void> {
  const identity = livingRouter(dir) ?? (await healthIfAny(dir));
  if (identity === undefined) return;
  try {
    await routerClient(dir).shutdown(graceMs);
  } catch (error) {
    // It may have stopped answering, or be stopping already. Signals follow.
    if (!(error instanceof RouterGone) && !isAlive(identity)) throw error;
  }
  if (await becomes(() => !isAlive(identity), graceMs + SIGTERM_MS)) return;
  await stopProcess(identity, { group: false, deadlineMs: SIGTERM_MS });
}

async function spawnRouter(dir: string): Promise<RouterHealth> {
  rotateRouterLog(dir);
  const log = openSync(routerLogPath(dir), "a", 0o600);
  const from = readFileSync(routerLogPath(dir)).length;
  const child = spawn(process.execPath, [runtimeDoor(), "router", dir], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: dir,
  });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  let endedAt = 0;
  const end = (how: string): void => {
    ended = how;
    endedAt = Date.now();
  };
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(signal ?? `exit code ${code ?? "unknown"}`));
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const health = await healthIfAny(dir);
    if (health !== undefined) return health;
    // Somebody else may have started the same router at the same moment, and this one lost the port to it.
    if (ended !== undefined && endedAt + OTHER_STARTER_MS < Date.now())
      throw new Error(`the router did not start (${ended}):\n${lastLines(dir, from)}`);
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the router did not answer within ${START_DEADLINE_MS / 1000} s:\n${lastLines(dir, from)}`);
    }
    await sleep(POLL_MS);
  }
}

function lastLines(dir: string, from: number): string {
  const lines = readFileSync(routerLogPath(dir)).subarray(from).toString("utf8").trimEnd().split("\n");
  return lines.slice(-LOG_LINES_SHOWN).join("\n");
}

async function healthIfAny(dir: string): Promise<RouterHealth | undefined> {
  try {
    return await routerClient(dir).health();
  } catch (error) {
    if (error instanceof RouterGone) return undefined;
    throw error;
  }
}

async function becomes(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
