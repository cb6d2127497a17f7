import { type ChildProcess, fork, type ForkOptions, spawn, type SpawnOptions } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloneDir } from "../scripts/scratch/pulumiCommand";

/** From SIGTERM to SIGKILL. */
const STOP_MS = 3_000;

/** What one benchmark starts and makes. `dispose` ends all of it, the newest first. */
export class Scope {
  private readonly ends: (() => Promise<void> | void)[] = [];
  private disposal: Promise<void> | undefined;

  /** Starts something that takes a while. A start under way when everything is ended is waited for, and its result ended too. */
  own<T>(start: () => Promise<T>, end: (started: T) => Promise<void> | void): Promise<T> {
    this.refuseWhenOver();
    const started = start();
    this.ends.push(async () => {
      const found = await started.then(
        (value) => ({ value }),
        // Whoever waits for the start is told; what did not start needs no end.
        () => undefined,
      );
      if (found !== undefined) await end(found.value);
    });
    return started;
  }

  folder(): string {
    this.refuseWhenOver();
    const folder = mkdtempSync(join(tmpdir(), "bg-bench-"));
    this.ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    return folder;
  }

  spawn(command: string, args: string[], options: SpawnOptions = {}): ChildProcess {
    this.refuseWhenOver();
    return this.adopt(spawn(command, args, options));
  }

  /** Runs a TypeScript file of this folder in a process of its own, with a channel for messages. */
  fork(file: string, settings: unknown): ChildProcess {
    this.refuseWhenOver();
    const options: ForkOptions = { cwd: cloneDir, execArgv: ["--require", "tsx/cjs"], serialization: "advanced" };
    return this.adopt(fork(join(__dirname, file), [JSON.stringify(settings)], options));
  }

  /** @throws when something could not be ended; everything else is ended all the same. */
  dispose(): Promise<void> {
    return (this.disposal ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    const problems: string[] = [];
    for (let end = this.ends.pop(); end !== undefined; end = this.ends.pop()) {
      try {
        await end();
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (problems.length > 0) throw new Error(`not everything could be ended:\n${problems.join("\n")}`);
  }

  private adopt(child: ChildProcess): ChildProcess {
    // An error without a listener would end this process; who waits for the child sees it by itself.
    child.on("error", () => undefined);
    this.ends.push(() => ended(child));
    return child;
  }

  private refuseWhenOver(): void {
    if (this.disposal !== undefined) throw new Error("the benchmark is over");
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
