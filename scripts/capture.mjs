// Runs a program in a process group of its own and keeps what it printed, or lets it print.
import { spawn } from "node:child_process";
import { clearTimeout, setTimeout } from "node:timers";

/** How long a program that was asked to stop may take to tidy up. */
const GRACE_MS = 10_000;

/**
 * Runs a program that needs nobody's answers. Its children go with it when the time is over or it is told to stop.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {boolean} [options.live] print as it runs, and keep nothing
 * @param {number} [options.timeoutMs]
 * @param {AbortSignal} [options.abort] stops it; without one, an interrupt of this process stops both
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string, reason: string | undefined }>}
 *   `reason` says in one line why it failed; undefined when it ended with code 0
 */
export function capture(command, args, { cwd, env, live = false, timeoutMs, abort } = {}) {
  return new Promise((resolve) => {
    const stdio = live ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd, env, detached: true, stdio });
    const output = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk) => (output.stdout += chunk));
    child.stderr?.on("data", (chunk) => (output.stderr += chunk));

    const timers = [];
    let stopped;
    const late = () => {
      stopped = `no end within ${timeoutMs / 1000} s`;
      killGroup(child, "SIGKILL");
    };
    const onAbort = () => {
      stopped = `stopped: ${abort.reason}`;
      killGroup(child, "SIGTERM");
      timers.push(setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS));
    };
    const onInterrupt = (signal) => {
      killGroup(child, "SIGKILL");
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    if (timeoutMs !== undefined) timers.push(setTimeout(late, timeoutMs));
    if (abort === undefined) process.once("SIGINT", onInterrupt).once("SIGTERM", onInterrupt);
    else if (abort.aborted) onAbort();
    else abort.addEventListener("abort", onAbort);

    const end = (code, reason) => {
      timers.forEach(clearTimeout);
      process.removeListener("SIGINT", onInterrupt).removeListener("SIGTERM", onInterrupt);
      abort?.removeEventListener("abort", onAbort);
      resolve({ code, ...output, reason });
    };
    child.once("error", (error) => end(null, error.code === "ENOENT" ? `${command} is not on PATH` : error.message));
    child.once("close", (code, signal) => {
      const said = lastLine(output.stderr) ?? lastLine(output.stdout);
      const how = signal === null ? `ended with code ${code}` : `ended by ${signal}`;
      end(code, stopped ?? (code === 0 ? undefined : (said ?? how)));
    });
  });
}

function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** The last line with something in it: the one in which most programs say what went wrong. */
function lastLine(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").at(-1);
}
