import { spawn, type ChildProcess } from "node:child_process";
import { finished } from "node:stream/promises";
import type { Readable } from "node:stream";
import { identityOf, killGroupOf, stopProcess } from "../../platforms/local/process/identity";

export interface Finished {
  /** null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  /** The end of its standard error. */
  stderr: string;
}

/** Why a command has no result. */
export type Cut = "aborted" | "too much output";

const MAX_STDOUT = 256 * 1024;
const KEPT_STDERR = 2048;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 500;
/** How long output may stay open after the whole group is gone: only by a process that left the group. */
const LINGER_MS = 500;

/**
 * Runs a program in a process group of its own, and leaves nothing of the group behind: neither when it is cut off by the
 * signal or for its output, nor when it ends and children of it would live on. Only a process that made itself a session of its
 * own (a daemon) is beyond its reach.
 *
 * @throws when it cannot be started or not be stopped.
 */
export async function runCommand(
  [program = "", ...args]: readonly string[],
  options: { directory?: string; environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Finished | Cut> {
  if (options.signal.aborted) return "aborted";
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: options.environment,
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  });
  const ended = endOf(child);
  if (child.pid === undefined) await ended;
  const leader = child.pid === undefined ? undefined : identityOf(child.pid);
  let cut: Cut | undefined;
  let stopping: Promise<unknown> = Promise.resolve();
  const stop = (reason: Cut) => {
    if (cut !== undefined) return;
    cut = reason;
    if (leader !== undefined) stopping = stopProcess(leader, { group: true, deadlineMs: GRACE_MS });
    // Awaited below; until then nobody would hear of a failure.
    stopping.catch(() => undefined);
  };
  const abort = () => stop("aborted");
  options.signal.addEventListener("abort", abort);
  let stdout = "";
  let stderr = "";
  const read = (stream: Readable, take: (text: string) => void) => {
    stream.setEncoding("utf8").on("data", take);
    // A pipe that breaks is a pipe that ended: what came is what there is.
    return finished(stream).catch(() => undefined);
  };
  const outputs = [
    read(child.stdout, (text) => {
      if (stdout.length <= MAX_STDOUT) stdout += text;
      if (stdout.length > MAX_STDOUT) stop("too much output");
    }),
    read(child.stderr, (text) => (stderr = (stderr + text).slice(-KEPT_STDERR))),
  ];
  try {
    const { code, signal } = await ended;
    // It made it in time; reading the rest of its output is no reason to call it late.
    options.signal.removeEventListener("abort", abort);
    await Promise.race([Promise.all(outputs), lingering()]);
    await stopping;
    return cut ?? { code, signal, stdout, stderr };
  } finally {
    options.signal.removeEventListener("abort", abort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      try {
        if (child.pid !== undefined) killGroupOf(child.pid);
        resolve({ code, signal });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function lingering(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LINGER_MS).unref());
}
