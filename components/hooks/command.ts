import { randomUUID } from "node:crypto";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { identityOf, killGroupOf, stopProcess } from "../platforms/local/process/identity";
import { inheritedEnvironment } from "../platforms/local/supervisor/instanceEnvironment";
import type { SecretMask } from "../platforms/local/supervisor/secretMask";
import type { Outcome } from "../cutover/run";
import type { Hook } from "./hook";
import { Output } from "./output";
import { endStrays, MARK } from "./strays";

export interface CommandArgs {
  /** Its own variables and what the cutover tells it; secrets among them. */
  environment: Record<string, string>;
  /** What relative folders start from. */
  project: string;
  mask: SecretMask;
  /** Ends it: SIGTERM to all of its processes, then SIGKILL. */
  signal: AbortSignal;
}

/** From SIGTERM to SIGKILL: enough to let go of a lock. Unit: milliseconds. */
const GRACE_MS = 1000;
/** How long what an ended process has left in its pipes is waited for. */
const LAST_LINES_MS = 1000;

/**
 * Runs a command in a process group of its own. When it ends, and when it is to end, everything that it started goes with it,
 * also what left its group.
 *
 * @throws when it cannot be started, or its processes cannot be ended.
 */
export async function runCommand(command: NonNullable<Hook["command"]>, args: CommandArgs): Promise<Outcome> {
  const [program = "", ...rest] = command.run;
  const mark = randomUUID();
  const child = spawn(program, rest, {
    cwd: resolve(args.project, command.directory ?? "."),
    env: { ...inheritedEnvironment(), ...inherited(command.inherit), ...args.environment, [MARK]: mark },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = new Output(args.mask);
  output.follow(child.stdout);
  output.follow(child.stderr);
  const closed = Promise.all(
    [child.stdout, child.stderr].map((stream) => new Promise((done) => stream.once("close", done))),
  );
  const ended = endOf(child);
  await started(child, program);
  const pid = child.pid ?? 0;
  const identity = identityOf(pid);
  // The engine may end this process at any moment; what was started must not go on alone.
  const leave = () => killGroupOf(pid);
  process.once("exit", leave);
  let stopping: Promise<unknown> | undefined;
  let stop: () => void = () => undefined;
  // Only what hangs in the kernel does not go; then there is no end to wait for.
  const stuck = new Promise<never>((_, reject) => {
    stop = () => {
      stopping = identity === undefined ? undefined : stopProcess(identity, { group: true, deadlineMs: GRACE_MS });
      stopping?.catch(reject);
    };
  });
  if (args.signal.aborted) stop();
  else args.signal.addEventListener("abort", stop, { once: true });
  try {
    const end = await Promise.race([ended, stuck]);
    // From here on it is too late to stop it: it has ended.
    args.signal.removeEventListener("abort", stop);
    await stopping;
    await endStrays(mark);
    await Promise.race([closed, new Promise((done) => setTimeout(done, LAST_LINES_MS).unref())]);
    return stopping === undefined ? outcomeOf(end, output.text()) : stoppedOutcome(output.text());
  } finally {
    args.signal.removeEventListener("abort", stop);
    process.off("exit", leave);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

function outcomeOf({ code, signal }: End, said: string): Outcome {
  const how = signal === null ? `exit code ${String(code)}` : signal;
  if (code === 0) return { verdict: "pass", detail: lastLine(said) || how };
  return { verdict: "fail", detail: said === "" ? `${how}, without a word` : `${how}: ${said}` };
}

/** However it ended: what was stopped was not done. */
function stoppedOutcome(said: string): Outcome {
  return { verdict: "error", detail: said === "" ? "it was stopped" : `it was stopped, having said: ${said}` };
}

const lastLine = (text: string) => text.split("\n").at(-1)?.trim() ?? "";

async function started(child: ChildProcess, program: string): Promise<void> {
  try {
    await once(child, "spawn");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Node says ENOENT for a folder that is not there too.
    const reason = code === "ENOENT" ? "it, or the folder it runs in, is not there" : message;
    throw new Error(`${program} cannot be started: ${reason}`);
  }
}

/** At the moment the leader ends its group is killed: later the number could be somebody else's. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((done) => {
    child.once("exit", (code, signal) => {
      killGroupOf(child.pid ?? 0);
      done({ code, signal });
    });
  });
}

function inherited(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
