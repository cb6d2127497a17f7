import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigInput } from "../components/config/schema";
import type { CutoverRecord } from "../components/model/record";
import type { Slot } from "../components/model/words";
import { Records } from "../components/platforms/local/records";
import type { Traffic } from "../components/platforms/local/router/api";
import { RouterClient } from "../components/platforms/local/router/client";
import { stopRouter } from "../components/platforms/local/router/start";
import type { RouteView } from "../components/platforms/local/router/state";
import { stopSupervisor, supervisorStatus, type SupervisorView } from "../components/platforms/local/supervisor/client";
import { belongings, stopBelongings, type Belonging } from "./scratch/belongings";
import { CliRun, type CliResult } from "./scratch/cliRun";
import { defaultConfig, type Ports } from "./scratch/defaultConfig";
import { readEngineEvents } from "./scratch/engineEvents";
import { freePorts } from "./scratch/freePorts";
import { makeProject, makeRelease, projectEnvironment } from "./scratch/projectFolder";
import { cloneDir, policyPackArgument, pulumiCommand, type PulumiCommand } from "./scratch/pulumiCommand";
import { runResult, type RunResult } from "./scratch/runResult";
import { StackFile } from "./scratch/stackFile";
import { outputsIn } from "./scratch/stateFile";

export type { RunResult } from "./scratch/runResult";

export interface ScratchOptions {
  /** @default "dev" */
  stack?: string;
  /** @default "hello" */
  service?: string;
  /** Put over the defaults, key by key at the top level, and field by field one level below. */
  config?: Partial<ConfigInput>;
  /** The application each release is a copy of. @default examples/hello of the clone */
  app?: string;
}

export interface RunOptions {
  /** Folders of policy packs. */
  policyPacks?: string[];
  /** Further arguments of the CLI. */
  args?: string[];
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
  onOutput?: (text: string) => void;
}

export interface ReleaseOptions {
  environment?: Record<string, string>;
  replicas?: number;
  command?: string[];
  /** Further files of the release, by path. */
  files?: Record<string, string>;
}

/** SIGTERM to SIGKILL for what is still there at the end. */
const STOP_MS = 3_000;

/**
 * A Pulumi project of its own in a temporary folder, on the real engine with the clone's program: for tests, the demo and the
 * measurements. State, processes and ports are its own; `dispose` leaves nothing behind.
 *
 * It runs the CLI itself rather than through the Automation API, which asks for outputs and history after each update: so
 * the time of a run is that of the update, and the process that a test wants to kill is known.
 */
export class ScratchStack {
  /** Those of this process that are not disposed of yet. */
  static readonly live = new Set<ScratchStack>();
  /** The project's folder. */
  readonly dir: string;
  readonly stack: string;
  readonly service: string;
  /** Logs, sockets and records of the service. */
  readonly serviceDir: string;
  readonly ports: Ports;
  readonly url: string;
  readonly previewUrl: string;
  /** What a program needs in its environment to work on this stack. */
  readonly env: NodeJS.ProcessEnv;
  private readonly file: StackFile;
  private readonly project: string;
  private readonly app: string;
  private readonly runs = new Set<CliRun>();
  private runCount = 0;
  private disposed = false;

  private constructor(
    private readonly cli: PulumiCommand,
    ports: [number, number, number, number],
    options: ScratchOptions,
  ) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), "bg-")));
    this.stack = options.stack ?? "dev";
    this.service = options.service ?? "hello";
    this.app = options.app ?? join(cloneDir, "examples/hello");
    this.serviceDir = join(this.dir, ".bluegreen", this.stack, this.service);
    this.ports = { public: ports[0], blue: ports[1], green: ports[2], preview: ports[3] };
    this.url = `http://127.0.0.1:${this.ports.public}`;
    this.previewUrl = `http://127.0.0.1:${this.ports.preview}`;
    this.project = makeProject(this.dir);
    this.file = new StackFile(join(this.dir, `Pulumi.${this.stack}.yaml`), this.project);
    this.env = projectEnvironment(this.dir, cli);
    const directory = makeRelease(this.dir, this.app, "1.0.0", {});
    const config = defaultConfig(this.service, this.ports, directory, options.config ?? {});
    for (const [key, value] of Object.entries(config)) this.setConfig(key, value);
    ScratchStack.live.add(this);
  }

  /** Makes the project and its empty stack; nothing runs yet. The config says: release 1.0.0 in blue, and blue serves. */
  static async create(options: ScratchOptions = {}): Promise<ScratchStack> {
    const [cli, [a = 0, b = 0, c = 0, d = 0]] = await Promise.all([pulumiCommand(), freePorts(4)]);
    const stack = new ScratchStack(cli, [a, b, c, d], options);
    try {
      const { code, stderr } = await stack.pulumi(["stack", "init", stack.stack]);
      if (code !== 0) throw new Error(`pulumi stack init failed: ${stderr}`);
    } catch (error) {
      await stack.dispose();
      throw error;
    }
    return stack;
  }

  /** Sets one value of the stack's config by its path, such as `green.environment.SLOW_MS`; undefined removes it. */
  setConfig(path: string, value: unknown): void {
    this.file.set(path, value);
  }

  getConfig(path: string): unknown {
    return this.file.get(path);
  }

  /** Sets a secret, encrypted as the CLI does it. */
  async setSecret(path: string, value: string): Promise<void> {
    const { code, stderr } = await this.pulumi([
      "config",
      "set",
      "--secret",
      "--path",
      `${this.project}:${path}`,
      value,
    ]);
    if (code !== 0) throw new Error(`pulumi config set failed: ${stderr}`);
  }

  /** Puts a release into a slot of the config: a copy of the application in `app/<version>`, made once. */
  setRelease(slot: Slot, version: string, options: ReleaseOptions = {}): void {
    const { files = {}, ...slotConfig } = options;
    const directory = makeRelease(this.dir, this.app, version, files);
    this.setConfig(slot, { version, command: ["node", "server.js"], directory, ...slotConfig });
  }

  /** `pulumi up`, without asking and without a preview before it. */
  up(options: RunOptions = {}): Promise<RunResult> {
    return this.engine(["up", "--yes", "--skip-preview"], options);
  }

  preview(options: RunOptions = {}): Promise<RunResult> {
    return this.engine(["preview", "--diff"], options);
  }

  refresh(options: RunOptions = {}): Promise<RunResult> {
    return this.engine(["refresh", "--yes", "--skip-preview"], options);
  }

  destroy(options: RunOptions = {}): Promise<RunResult> {
    return this.engine(["destroy", "--yes", "--skip-preview"], options);
  }

  /** A `pulumi up` that can be killed. */
  upProcess(options: RunOptions = {}): CliRun {
    return this.start(["up", "--yes", "--skip-preview", "--stack", this.stack, ...this.packs(options)], options);
  }

  /** Removes the lock that a killed update has left. */
  cancel(): Promise<CliResult> {
    return this.pulumi(["cancel", "--yes", "--stack", this.stack]);
  }

  /** The CLI with these arguments, in the project's folder. */
  pulumi(args: string[], options: RunOptions = {}): Promise<CliResult> {
    return this.start(args, options).done;
  }

  /** The stack's deployment as `pulumi stack export` gives it. @throws when there is none */
  async exportState(): Promise<unknown> {
    const { code, stdout, stderr } = await this.pulumi(["stack", "export", "--stack", this.stack]);
    if (code !== 0) throw new Error(`pulumi stack export failed: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** The stack's outputs, read from the state file; secret ones stay encrypted. */
  outputs(): Record<string, unknown> {
    return outputsIn(this.stateFile);
  }

  /** The file that holds the state. */
  get stateFile(): string {
    return join(this.dir, "state", ".pulumi", "stacks", this.project, `${this.stack}.json`);
  }

  /** The router's control interface. */
  get router(): RouterClient {
    return new RouterClient(join(this.serviceDir, "router", "router.sock"));
  }

  route(): Promise<RouteView> {
    return this.router.route();
  }

  traffic(): Promise<Traffic> {
    return this.router.traffic();
  }

  /** How a slot's processes are; undefined when it never ran any. */
  slot(slot: Slot): Promise<SupervisorView | undefined> {
    return supervisorStatus(join(this.serviceDir, slot));
  }

  /** The deployment history, newest first. A record without a completion is the journal of a cutover under way. */
  records(): Promise<CutoverRecord[]> {
    return new Records(join(this.serviceDir, "records")).list();
  }

  /** Every process that works for this stack, for tests that nothing is left. */
  processes(): Belonging[] {
    return belongings(this.dir);
  }

  /**
   * Stops everything that runs for this stack and removes the folder. It asks neither engine nor state, so that it works
   * when they are broken; what `destroy` does is for tests of `destroy`.
   */
  async dispose(): Promise<void> {
    this.disposed = true;
    for (const run of this.runs) run.kill("SIGKILL", "group");
    const problems = await Promise.allSettled([
      stopSupervisor(join(this.serviceDir, "blue"), STOP_MS),
      stopSupervisor(join(this.serviceDir, "green"), STOP_MS),
      existsSync(join(this.serviceDir, "router")) ? stopRouter(join(this.serviceDir, "router"), STOP_MS) : undefined,
    ]);
    // Whatever those could not do (their files may be damaged on purpose) is done here, or reported.
    await stopBelongings(this.dir, STOP_MS).catch((error: unknown) => {
      const reasons = problems.flatMap((problem) => (problem.status === "rejected" ? [String(problem.reason)] : []));
      throw new Error([(error as Error).message, ...reasons].join("\n"), { cause: error });
    });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
    ScratchStack.live.delete(this);
  }

  private async engine(args: string[], options: RunOptions): Promise<RunResult> {
    const log = join(this.dir, `events-${++this.runCount}.json`);
    const all = [...args, "--stack", this.stack, "--event-log", log, ...this.packs(options)];
    const result = await this.start(all, options).done;
    const events = readEngineEvents(log);
    rmSync(log, { force: true });
    return runResult(result, events, this.outputs());
  }

  private start(args: string[], options: RunOptions): CliRun {
    if (this.disposed) throw new Error(`the stack in ${this.dir} is gone: pulumi ${args.join(" ")} cannot run`);
    const { env, timeoutMs, onOutput } = options;
    const run = new CliRun(
      this.cli.command,
      ["--non-interactive", "--color", "never", ...args, ...(options.args ?? [])],
      {
        cwd: this.dir,
        env: { ...this.env, ...env },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(onOutput === undefined ? {} : { onOutput }),
      },
    );
    this.runs.add(run);
    void run.done.finally(() => this.runs.delete(run)).catch(() => undefined);
    return run;
  }

  private packs({ policyPacks = [] }: RunOptions): string[] {
    return policyPacks.flatMap((folder) => ["--policy-pack", policyPackArgument(this.cli, folder)]);
  }
}
