import { join } from "node:path";
import { sync as writeFileAtomicSync } from "write-file-atomic";
import { identityOf } from "../process/identity";
import { ownsPort } from "../process/listener";
import { Instance } from "./instance";
import { accepts } from "./ports";
import { secretMask } from "./secretMask";
import type { SupervisorSpec } from "./spec";
import { LOG_DIRECTORY, STATUS_FILE, type InstanceStatus, type SupervisorStatus } from "./status";

const SETTLED_MS = 10_000;

/** How many processes of a slot ended by themselves when they were told to, and how many had to be killed. */
export interface StopCounts {
  exited: number;
  killed: number;
}

/** The instances of one slot. */
export class Supervisor {
  private readonly instances: Instance[];
  private readonly about: Omit<SupervisorStatus, "instances" | "problem">;
  private portProblem: string | undefined;
  private lastTrouble: string | undefined;
  private stopped: Promise<StopCounts> | undefined;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly directory: string,
    private readonly spec: SupervisorSpec,
  ) {
    const self = identityOf(process.pid);
    if (self === undefined) throw new Error("the operating system does not say when this process was started");
    const { service, slot, release, fingerprint } = spec;
    this.about = { supervisor: self, service, slot, release, fingerprint, startedAt: new Date().toISOString() };
    const shared = {
      spec,
      directory,
      logDirectory: join(directory, LOG_DIRECTORY),
      mask: secretMask(spec.secrets),
      taken: new Set([spec.port]),
      changed: () => this.publish(),
      portProblem: (problem: string | undefined) => (this.portProblem = problem),
      report: (line: string) => report(line),
    };
    this.instances = Array.from({ length: spec.replicas }, (_, index) => new Instance({ ...shared, index }));
  }

  status(): SupervisorStatus {
    if (this.portProblem !== undefined && this.hasPort()) this.portProblem = undefined;
    const problem = this.portProblem ?? this.lastTrouble;
    const instances = this.instances.map((instance): InstanceStatus => ({ ...instance.status }));
    return { ...this.about, ...(problem === undefined ? {} : { problem }), instances };
  }

  async start(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.start()));
  }

  /** Stops everything, once: whoever asks again gets the same answer. */
  stop(deadlineMs: number): Promise<StopCounts> {
    this.stopped ??= this.stopAll(deadlineMs);
    return this.stopped;
  }

  /**
   * Restarts the instances one after the other, so that a slot of several never stops answering.
   *
   * @param listenWithinMs How long each may take until it accepts connections.
   * @throws when one does not; those after it are left as they are.
   */
  async restart(listenWithinMs: number): Promise<void> {
    if (this.restarting !== undefined) throw new Error("a restart is under way already");
    this.restarting = this.restartAll(listenWithinMs).finally(() => (this.restarting = undefined));
    await this.restarting;
  }

  /** Shows something that went wrong in the status. */
  trouble(sentence: string): void {
    report(sentence);
    this.lastTrouble = sentence;
    this.publish();
  }

  /** Whether the port was freed between the look at it and the moment instance 0 listened. */
  private hasPort(): boolean {
    const first = this.instances[0]?.status;
    if (first?.state !== "running") return false;
    if (process.platform === "linux") return ownsPort(first.pid, first.port);
    // Other systems do not say who listens, but one that cannot listen does not run for long.
    return Date.now() - Date.parse(first.startedAt) > SETTLED_MS;
  }

  private async stopAll(deadlineMs: number): Promise<StopCounts> {
    const results = await Promise.all(this.instances.map((instance) => instance.stop(deadlineMs)));
    await Promise.all(this.instances.map((instance) => instance.closeLog()));
    const count = (wanted: string): number => results.filter((result) => result === wanted).length;
    return { exited: count("exited"), killed: count("killed") };
  }

  private async restartAll(listenWithinMs: number): Promise<void> {
    for (const instance of this.instances) {
      await instance.stop(this.spec.stopDeadlineMs);
      this.refuseWhenStopping();
      instance.forgive();
      await instance.start();
      const deadline = Date.now() + listenWithinMs;
      while (!(await accepts(instance.status.host, instance.status.port))) {
        this.refuseWhenStopping();
        if (Date.now() > deadline)
          throw new Error(notListening(instance.status, listenWithinMs, this.instances.length));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  private refuseWhenStopping(): void {
    if (this.stopped !== undefined) throw new Error("the slot is being stopped");
  }

  /** For those who ask when the supervisor itself is dead. Synchronous: what was spawned is on record before anything else. */
  private publish(): void {
    try {
      const text = `${JSON.stringify(this.status(), undefined, 2)}\n`;
      writeFileAtomicSync(join(this.directory, STATUS_FILE), text, { mode: 0o600, fsync: false });
    } catch (error) {
      report(`${STATUS_FILE} could not be written: ${(error as Error).message}`);
    }
  }
}

/** A line in supervisor.log, which is where the supervisor's standard error goes. */
export function report(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

function notListening(status: InstanceStatus, withinMs: number, of: number): string {
  const rest = of - status.index - 1;
  const left = rest === 0 ? "" : ` The ${rest} instances after it were not restarted.`;
  return (
    `instance ${status.index} does not accept connections on ${status.host}:${status.port} ` +
    `${withinMs / 1000} s after its restart.${left}`
  );
}
