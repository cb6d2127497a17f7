import type { CutoverRecord } from "../../components/model/record";
import { describeWeights, type Slot } from "../../components/model/words";
import { startLoad, type Load, type LoadReport } from "../load";
import type { RunOptions, RunResult, ScratchStack } from "../scratchStack";
import { grouped, plural, type Screen } from "./screen";

const RATE = 1000;
const CONNECTIONS = 128;
const TRAFFIC_WITHIN_MS = 20_000;

/** What was counted between two moments. */
export interface Traffic {
  requests: number;
  failed: number;
  bySlot: Record<string, number>;
}

/** The stack, the load and the screen of one demo, and what its acts do with them. */
export class DemoRun {
  private load: Load | undefined;

  constructor(
    readonly stack: ScratchStack,
    readonly screen: Screen,
  ) {}

  /** `pulumi up` as a person would run it, with what it says as it goes. */
  up(options: RunOptions = {}): Promise<RunResult> {
    this.screen.command(`pulumi up${(options.policyPacks ?? []).length > 0 ? " --policy-pack policies" : ""}`);
    return this.stack.up({ ...options, onOutput: this.progress() });
  }

  preview(): Promise<RunResult> {
    this.screen.command("pulumi preview");
    return this.stack.preview();
  }

  /** A change of the stack's config, shown. */
  set(path: string, value: string | boolean): void {
    this.screen.command(`pulumi config set --path bluegreen:${path} ${value}`);
    this.stack.setConfig(path, value);
  }

  /** A new release in a slot of the stack's config, shown. */
  release(slot: Slot, version: string, environment: Record<string, string> = {}): void {
    const variables = Object.entries(environment).map(([name, value]) => `, with ${name}=${value}`);
    this.screen.line(`     Pulumi.${this.stack.stack}.yaml: ${slot} gets release ${version}${variables.join("")}`);
    this.stack.setRelease(slot, version, { environment });
  }

  /** Starts the load on the public port and waits for its first answers. @throws when none come */
  async startLoad(): Promise<void> {
    const load = startLoad({ url: this.stack.url, ratePerSecond: RATE, connections: CONNECTIONS });
    this.load = load;
    this.screen.line(`     load: ${plural(RATE, "request")} a second on ${this.stack.url}, until the end`);
    this.screen.showStatus(this.status(load));
    const deadline = Date.now() + TRAFFIC_WITHIN_MS;
    while (load.snapshot().answered < RATE / 10) {
      if (Date.now() > deadline) throw new Error(`no answers on ${this.stack.url}: ${JSON.stringify(load.snapshot())}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the load; its report, or undefined when it never began. */
  async stopLoad(): Promise<LoadReport | undefined> {
    this.screen.hideStatus();
    return this.load?.stop();
  }

  /** What was counted up to now. */
  counts(): Traffic {
    const report = this.load?.snapshot();
    return { requests: report?.answered ?? 0, failed: report?.failed ?? 0, bySlot: report?.bySlot ?? {} };
  }

  /** What was counted since `before`. */
  since(before: Traffic): Traffic {
    const now = this.counts();
    const bySlot = Object.entries(now.bySlot).map(
      ([slot, count]) => [slot, count - (before.bySlot[slot] ?? 0)] as const,
    );
    return {
      requests: now.requests - before.requests,
      failed: now.failed - before.failed,
      bySlot: Object.fromEntries(bySlot.filter(([, count]) => count > 0)),
    };
  }

  /** The newest record. @throws when there is none */
  async record(): Promise<CutoverRecord> {
    const [newest] = await this.stack.records();
    if (newest === undefined) throw new Error("there is no record of any cutover");
    return newest;
  }

  /** `blue 100 % / green 0 %`, as the router has it. */
  async weights(): Promise<string> {
    return describeWeights((await this.stack.route()).weights);
  }

  /** The version that the public address answers with. */
  async version(): Promise<string> {
    const answer = await fetch(this.stack.url, { signal: AbortSignal.timeout(10_000) });
    return answer.headers.get("x-version") ?? `no version, status ${answer.status}`;
  }

  /** Shows what the components say while an update runs; the CLI repeats all of it at the end, and that is left out. */
  private progress(): (text: string) => void {
    const said = new RegExp(`pulumi:pulumi:Stack \\S+ .*?\\b${this.stack.service}: (.+)$`);
    let rest = "";
    return (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const message = said.exec(line)?.[1];
        if (message !== undefined) this.screen.detail(message);
      }
    };
  }

  private status(load: Load): () => string {
    let last = { at: Date.now(), ...this.counts() };
    return () => {
      const { sent, answered, failed } = load.snapshot();
      const now = { at: Date.now(), ...this.counts() };
      const { bySlot } = this.since(last);
      const rate = Math.round(((answered - last.requests) * 1000) / Math.max(1, now.at - last.at));
      last = now;
      const slots = Object.entries(bySlot).map(([slot, count]) => `${slot} ${count}`);
      return `${grouped(rate)} answers/s from ${slots.join(", ") || "nobody"}; ${grouped(sent)} sent, ${failed} failed`;
    };
  }
}
