import { DecisionFiles } from "../../approval/decisionFiles";
import { isSlot, type Slot } from "../../model/words";
import type { CutoverRecord } from "../../model/record";
import { OutboxFile } from "../../notify/outboxFile";
import type { Target } from "../../resources/inputs";
import {
  RouteConflict,
  type Answer,
  type Condition,
  type Drained,
  type Driver,
  type LiveRoute,
  type LogLine,
  type Probe,
  type RouteChange,
  type SlotTraffic,
} from "../driver";
import { layoutOf, localSettings, type Layout, type LocalSettings } from "./layout";
import { probe } from "./probe";
import { ownsPort } from "./process/listener";
import { originOf } from "./reachable";
import { Records } from "./records";
import { RouterClient, RouterConflict, RouterGone } from "./router/client";
import type { RouteView } from "./router/state";
import { StateFile } from "./router/stateFile";
import { supervisorStatus, type SupervisorView } from "./supervisor/client";
import { readLogs } from "./supervisor/logs";
import type { InstanceStatus } from "./supervisor/status";
import { instanceUsage } from "./supervisor/usage";

/** The local platform at run time: a router process and a supervisor for each slot, all on this machine. */
export class LocalDriver implements Driver {
  private readonly settings: LocalSettings;
  private readonly layout: Layout;
  private readonly router: RouterClient;
  private readonly history: Records;
  readonly decisions: DecisionFiles;
  readonly outbox: OutboxFile;

  constructor(private readonly target: Target) {
    this.settings = localSettings(target);
    this.layout = layoutOf(this.settings);
    this.router = new RouterClient(`${this.layout.router}/router.sock`);
    this.history = new Records(this.layout.records);
    this.decisions = new DecisionFiles(this.layout.root);
    this.outbox = new OutboxFile(`${this.layout.root}/outbox.json`);
  }

  async readRoute(): Promise<LiveRoute | undefined> {
    try {
      return liveRoute(await this.router.route());
    } catch (error) {
      if (!(error instanceof RouterGone)) throw error;
      // Nothing is served while the router is down; what it will serve when it is back is what it last wrote.
      const kept = new StateFile(this.layout.router).read();
      return kept === undefined ? undefined : liveRoute(kept);
    }
  }

  async makeRoute(): Promise<LiveRoute> {
    // The router was started with all its weight on the active slot; from then on it keeps its own.
    return liveRoute(await this.router.route());
  }

  writeRoute(change: RouteChange): Promise<LiveRoute> {
    return conflicts(async () =>
      liveRoute(
        await this.router.writeRoute({
          expectedRevision: Number(change.expected),
          weights: change.weights,
          reason: change.reason,
          ...(change.transaction === undefined ? {} : { transaction: change.transaction }),
        }),
      ),
    );
  }

  async renew(transaction: string, confirmWithinMs: number): Promise<void> {
    await conflicts(() => this.router.renew(transaction, confirmWithinMs));
  }

  async commit(transaction: string): Promise<void> {
    await conflicts(() => this.router.commit(transaction));
  }

  async deleteRoute(): Promise<void> {
    // The route itself lives in the router process and ends with it.
    await this.history.archive(new Date());
  }

  async condition(slot: Slot): Promise<Condition> {
    const status = await supervisorStatus(this.layout.slot(slot));
    if (status === undefined) return { slot, release: "", wanted: 0, instances: [] };
    const usage = await instanceUsage(status.instances);
    const condition: Condition = {
      slot,
      release: status.release,
      wanted: status.instances.length,
      instances: status.instances.map((instance) => {
        const used = usage.get(instance.index);
        const problem = problemOf(status, instance);
        return {
          name: this.nameOf(slot, instance),
          address: originOf(instance),
          running: problem === undefined,
          restarts: instance.restarts,
          startedAt: Date.parse(instance.startedAt) || 0,
          ...(problem === undefined ? {} : { problem }),
          ...(used === undefined ? {} : { memoryMiB: used.memoryMiB, cpuPercent: used.cpuPercent }),
        };
      }),
    };
    if (status.problem !== undefined) condition.problem = status.problem;
    return condition;
  }

  async probeInstance(slot: Slot, instance: string, wanted: Probe): Promise<Answer> {
    const status = await supervisorStatus(this.layout.slot(slot));
    const found = status?.instances.find((candidate) => this.nameOf(slot, candidate) === instance);
    if (status === undefined || found === undefined) throw new Error(`${instance} does not exist`);
    const answer = await probe(originOf(found), wanted);
    // The port's listener must belong to the instance: a stranger on the port, or the other slot, proves nothing.
    return ownsPort(found.pid, found.port) ? { ...answer, slot, release: status.release } : answer;
  }

  async probePublic(wanted: Probe): Promise<Answer> {
    const answer = await probe(originOf(this.settings), wanted);
    const slot = answer.headers["x-bluegreen-slot"];
    const release = answer.headers["x-bluegreen-release"];
    return { ...answer, ...(isSlot(slot) ? { slot } : {}), ...(release === undefined ? {} : { release }) };
  }

  async logs(slot: Slot, since: number): Promise<LogLine[]> {
    const lines = await readLogs(this.layout.slot(slot), { slot, sinceMs: since });
    return lines.map((line) => ({ ...line, instance: `${this.target.service}-${line.instance}` }));
  }

  async traffic(): Promise<Record<Slot, SlotTraffic>> {
    const { slots } = await this.router.traffic();
    const of = (slot: Slot): SlotTraffic => {
      const seen = slots[slot];
      return {
        requests: seen.requests,
        failed: seen.classes["5xx"] + seen.broken,
        inFlight: seen.inFlight + seen.upgraded,
        latency: seen.histogram,
      };
    };
    return { blue: of("blue"), green: of("green") };
  }

  drain(slot: Slot, deadlineMs: number): Promise<Drained> {
    return this.router.drain(slot, deadlineMs);
  }

  async switchTimes(): Promise<{ firstNewMs?: number; lastOldMs?: number }> {
    const { switches } = await this.router.traffic();
    const newest = switches.at(-1);
    if (newest === undefined) return {};
    const { at, firstNewAnswerAt, lastOldAnswerAt } = newest;
    return {
      ...(firstNewAnswerAt === null ? {} : { firstNewMs: firstNewAnswerAt - at }),
      ...(lastOldAnswerAt === null ? {} : { lastOldMs: Math.max(0, lastOldAnswerAt - at) }),
    };
  }

  saveRecord(record: CutoverRecord, keep: number): Promise<void> {
    return this.history.save(record, keep);
  }

  records(): Promise<CutoverRecord[]> {
    return this.history.list();
  }

  private nameOf(slot: Slot, instance: InstanceStatus): string {
    return `${this.target.service}-${slot}-${instance.index}`;
  }
}

function liveRoute(view: Pick<RouteView, "weights" | "revision" | "slots" | "transaction">): LiveRoute {
  const { weights, revision, slots, transaction } = view;
  const releases: LiveRoute["releases"] = {};
  if (slots.blue.release !== "") releases.blue = slots.blue.release;
  if (slots.green.release !== "") releases.green = slots.green.release;
  return {
    weights: weights,
    revision: String(revision),
    releases,
    ...(transaction === null ? {} : { transaction }),
  };
}

async function conflicts<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RouterConflict) {
      throw new RouteConflict(error.message, error.live === undefined ? undefined : liveRoute(error.live));
    }
    throw error;
  }
}

function problemOf(status: SupervisorView, instance: InstanceStatus): string | undefined {
  if (instance.state === "running") return undefined;
  const exit = instance.lastExit;
  const how =
    exit === undefined ? "" : `; it ended with ${exit.error ?? exit.signal ?? `exit code ${String(exit.code)}`}`;
  const alone = status.supervisorAlive ? "" : "; its supervisor is gone";
  return `${instance.state}${how}${alone}`;
}
