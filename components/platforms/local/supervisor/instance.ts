import { spawn, type ChildProcess } from "node:child_process";
import { isAlive, killGroupOf, startTimeOf, stopProcess, type StopResult } from "../process/identity";
import { nextWait } from "./backoff";
import { instanceEnvironment } from "./instanceEnvironment";
import { InstanceLog, instanceLogName } from "./instanceLog";
import { freePort, portProblem } from "./ports";
import type { SecretMask } from "./secretMask";
import type { SupervisorSpec } from "./spec";
import type { InstanceStatus } from "./status";

export interface InstanceArgs {
  index: number;
  spec: SupervisorSpec;
  /** The supervisor's directory, and the one for logs. */
  directory: string;
  logDirectory: string;
  mask: SecretMask;
  /** Ports of the whole slot, so that no two instances get the same. */
  taken: Set<number>;
  /** Called after each change of the status, before anything else happens. */
  changed: () => void;
  /** Says something to a person: a sentence, or undefined when all is well with the port again. */
  portProblem: (problem: string | undefined) => void;
  report: (line: string) => void;
}

type Exit = NonNullable<InstanceStatus["lastExit"]>;

/** One replica of the application: at most one process group at a time, started again when it crashes. */
export class Instance {
  readonly status: InstanceStatus;
  private readonly log: InstanceLog;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** Whether it should run. */
  private wanted = false;
  /** Counts starts and stops: what was begun by an earlier one does not go on. */
  private turn = 0;
  private crashes = 0;
  /** The restarts counted when somebody else was found on its port. */
  private restartsBefore: number | undefined;

  constructor(private readonly args: InstanceArgs) {
    const { spec, index, logDirectory, mask, report } = args;
    const port = index === 0 ? spec.port : 0;
    const { host } = spec;
    this.status = { index, pid: 0, startTime: "", host, port, state: "starting", restarts: 0, startedAt: "" };
    this.log = new InstanceLog({
      directory: logDirectory,
      name: instanceLogName(spec.slot, index),
      maxBytes: spec.logs.maxBytes,
      keep: spec.logs.keep,
      mask,
      onLoss: report,
    });
  }

  /** Starts it, and keeps it running from now on. */
  async start(): Promise<void> {
    this.wanted = true;
    const turn = ++this.turn;
    this.change({ state: "starting" });
    try {
      await this.choosePort();
    } catch (error) {
      if (turn === this.turn) this.notStarted(error as Error);
      return;
    }
    if (turn === this.turn) this.spawn();
  }

  /** Stops its whole process group: SIGTERM, and SIGKILL at the deadline. It stays stopped. */
  async stop(deadlineMs: number): Promise<StopResult> {
    this.wanted = false;
    this.turn += 1;
    clearTimeout(this.timer);
    const { pid, startTime } = this.status;
    if (!isAlive({ pid, startTime })) {
      this.change({ state: "stopped" });
      return "gone";
    }
    this.change({ state: "stopping" });
    const result = await stopProcess({ pid, startTime }, { group: true, deadlineMs });
    await this.ended;
    this.change({ state: "stopped" });
    return result;
  }

  /** Forgets earlier crashes, so that the next one is followed by the shortest wait. */
  forgive(): void {
    this.crashes = 0;
  }

  /** Writes the last lines of its log. */
  closeLog(): Promise<void> {
    return this.log.close();
  }

  private async choosePort(): Promise<void> {
    const { spec, index, taken } = this.args;
    if (index === 0) {
      // Instance 0 has the port that was asked for or none. It is started all the same: it says best itself what hinders it.
      const problem = await portProblem(spec.host, spec.port);
      this.args.portProblem(problem);
      if (problem !== undefined) this.restartsBefore ??= this.status.restarts;
      else if (this.restartsBefore !== undefined) {
        // That it could not start without its port says nothing about the release.
        this.status.restarts = this.restartsBefore;
        this.restartsBefore = undefined;
      }
      return;
    }
    // Those who know the address should find the instance there after a restart, so the port changes only when it must.
    const { port } = this.status;
    if (port !== 0 && (await portProblem(spec.host, port)) === undefined) return;
    taken.delete(port);
    const chosen = await freePort(spec.host, taken);
    taken.add(chosen);
    this.status.port = chosen;
  }

  private spawn(): void {
    const { spec, index, directory } = this.args;
    const [program = "", ...rest] = spec.command;
    const started = new Date();
    let child: ChildProcess;
    try {
      child = spawn(program, rest, {
        cwd: spec.directory,
        env: instanceEnvironment(spec, { index, port: this.status.port }, directory),
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
    } catch (error) {
      this.notStarted(error as Error);
      return;
    }
    this.child = child;
    this.ended = new Promise((resolve) => {
      const end = (exit: Omit<Exit, "at">): void => {
        if (this.child !== child) return;
        this.child = undefined;
        // Its children go with it. When it was told to stop they have until the deadline, like itself.
        if (this.wanted && child.pid !== undefined) killGroupOf(child.pid);
        this.over({ ...exit, at: new Date().toISOString() }, Date.now() - started.getTime());
        resolve();
      };
      child.once("exit", (code, signal) => end({ code, signal }));
      child.once("error", (error) => end({ code: null, signal: null, error: error.message }));
    });
    if (child.pid === undefined) return;
    if (child.stdout !== null) this.log.follow(child.stdout);
    if (child.stderr !== null) this.log.follow(child.stderr);
    // The child cannot have been reaped yet, so this is surely its start time and not that of another with its pid.
    const startTime = startTimeOf(child.pid) ?? "";
    this.change({ pid: child.pid, startTime, startedAt: started.toISOString(), state: "running" });
  }

  private over(exit: Exit, ranMs: number): void {
    if (this.wanted) this.crashed(exit, ranMs);
    else this.change({ lastExit: exit });
  }

  private notStarted(error: Error): void {
    this.crashed({ code: null, signal: null, at: new Date().toISOString(), error: error.message });
  }

  private crashed(exit: Exit, ranMs = 0): void {
    const next = nextWait(this.args.spec.backoff, this.crashes, ranMs);
    this.crashes = next.crashes;
    this.args.report(
      `instance ${this.status.index} ended (${exit.error ?? exit.signal ?? `exit code ${exit.code ?? "unknown"}`}) ` +
        `after ${ranMs} ms; it is started again in ${next.waitMs} ms`,
    );
    this.timer = setTimeout(() => {
      this.status.restarts += 1;
      void this.start();
    }, next.waitMs);
    this.change({ lastExit: exit, state: "backoff" });
  }

  private change(to: Partial<InstanceStatus>): void {
    Object.assign(this.status, to);
    this.args.changed();
  }
}
