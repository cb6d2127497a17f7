import { createInterface } from "node:readline/promises";
import { Failure } from "./failure";

/** Asks on the terminal; standard output is left to the results. @throws Failure (usage) when nobody is there to be asked */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure("usage", `${question}\nNobody is at a terminal to be asked. Give --yes to go on without asking.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode the terminal hands Ctrl-C over as a key, so it has to be passed on.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } catch (error) {
    if (signal.aborted) throw new Failure("interrupted", "Interrupted: nothing was touched.", { cause: error });
    throw error;
  } finally {
    terminal.close();
  }
}
