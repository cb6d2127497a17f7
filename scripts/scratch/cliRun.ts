import { spawn, type ChildProcess } from "node:child_process";
import { listProcesses } from "../../components/platforms/local/process/processTable";

export interface CliResult {
  /** Null when a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  durationMs: number;
}

export interface CliOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** It is killed when it takes longer. @default 300000 */
  timeoutMs?: number;
  /** Each piece of standard output, as it comes. */
  onOutput?: (text: string) => void;
}

/** After a kill the plugins may hold the output open for as long as they live. */
const OUTPUT_AFTER_EXIT_MS = 500;

/**
 * One run of a command line program, in a process group of its own: a test can kill the program alone and see what its
 * children do, or the whole group.
 */
export class CliRun {
  /** Resolves when it has ended, however it ended. @throws when it could not be started. */
  readonly done: Promise<CliResult>;
  private readonly child: ChildProcess;
  private ended = false;
  private stdout = "";
  private stderr = "";

  constructor(command: string, args: string[], options: CliOptions) {
    const { cwd, env, timeoutMs = 300_000, onOutput } = options;
    const startedAt = performance.now();
    this.child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      onOutput?.(text);
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.done = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.stderr += `\nkilled after ${timeoutMs} ms\n`;
        this.kill("SIGKILL", "group");
      }, timeoutMs);
      this.child.once("error", reject);
      this.child.once("exit", (code, signal) => {
        this.ended = true;
        clearTimeout(timer);
        const durationMs = performance.now() - startedAt;
        const finish = () => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr, durationMs });
        const late = setTimeout(finish, OUTPUT_AFTER_EXIT_MS);
        this.child.once("close", () => {
          clearTimeout(late);
          finish();
        });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it has written up to now. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** The pids of its process group that live: the engine, language host and providers of one `pulumi up`. */
  members(): number[] {
    return listProcesses().flatMap(({ pid, group, zombie }) => (group === this.pid && !zombie ? [pid] : []));
  }

  /** Sends a signal to the program alone, or to its whole group. Nothing happens when it has ended. */
  kill(signal: NodeJS.Signals = "SIGKILL", whom: "program" | "group" = "program"): void {
    // The group may outlive the program, and keeps its number as long as it does.
    if (this.pid === 0 || (this.ended && (whom === "program" || this.members().length === 0))) return;
    process.kill(whom === "group" ? -this.pid : this.pid, signal);
  }
}
