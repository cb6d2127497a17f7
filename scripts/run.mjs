// What the scripts that only wrap another program have in common: they start it in this terminal and end as it ends.
import { constants } from "node:os";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/**
 * Runs a program with this process's terminal, forwards signals to it and gives its exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} 128 + the number of the signal when one ended it
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  const handlers = new Map([["SIGTERM", () => child.kill("SIGTERM")]]);
  handlers.set("SIGHUP", () => child.kill("SIGHUP"));
  // Ctrl-C reaches the whole foreground group, the child included. A second one from here would tell `pulumi` to stop at
  // once and leave its resources half made. Only without a terminal can an interrupt have been meant for this process.
  handlers.set("SIGINT", hasTerminal() ? () => undefined : () => child.kill("SIGINT"));
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const [name, handler] of handlers) process.removeListener(name, handler);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

/**
 * The outermost frame of a script: the exit code is what `work` gives, or 1 with the error's message, which is written
 * for a person, and not its stack.
 * @param {() => Promise<number>} work
 */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
