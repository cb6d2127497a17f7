import type { Decision, Decisions } from "../../components/approval/decision";
import type { Journal, OutboxStore } from "../../components/notify/journal";
import type { Histogram } from "../../components/model/histogram";
import type { CutoverRecord } from "../../components/model/record";
import { all, describeWeights, other, SLOTS, type Slot, type Weights } from "../../components/model/words";
import {
  RouteConflict,
  type Answer,
  type Condition,
  type Drained,
  type Driver,
  type InstanceCondition,
  type LiveRoute,
  type LogLine,
  type Probe,
  type RouteChange,
  type SlotTraffic,
} from "../../components/platforms/driver";
import type { MemoryClock } from "./memoryClock";

export type Method = keyof Driver;

/** How a slot does. Tests change it while a cutover runs. */
export interface MemorySlot {
  release: string;
  /** Instances that exist. */
  replicas: number;
  /** How many of them run. */
  running: number;
  /** Status of every answer, and what the gate takes for ready. */
  status: number;
  body: string;
  restarts: number;
  startedAt: number;
  /** Percent of its public requests that fail. */
  errorPercent: number;
  latencySeconds: number;
  memoryMiB?: number;
  cpuPercent?: number;
  inFlight: number;
  logs: LogLine[];
}

/**
 * What goes wrong with a call: `before` throws and does nothing, `after` does it and loses the answer, `kill` ends the
 * process before or after: no call ever answers again.
 */
export type Fault = "before" | "after" | "kill before" | "kill after";

const BOUNDS = [0.01, 0.1, 0.5, 1, 5];

/** A platform in memory, on virtual time: the contract of `Driver`, and every way to break it. */
export class MemoryDriver implements Driver {
  readonly slots: Record<Slot, MemorySlot>;
  route: LiveRoute | undefined;
  history: CutoverRecord[] = [];
  /** Every call in order, such as `writeRoute`. */
  readonly calls: Method[] = [];
  /** Every accepted write of the weights, with what ran then. */
  readonly writes: (RouteChange & { running: Record<Slot, number>; status: Record<Slot, number> })[] = [];
  /** Public requests a second, shared by the weights. */
  rate = 100;
  /** How long after a write the public address still goes by the weights before it; Infinity for ever. */
  propagationMs = 0;
  drained: Drained = { finished: 3, cut: 0, waitedMs: 40 };
  dead = false;
  /** Asked before each call; `nth` counts the calls of this method from 1, `index` all calls from 0. */
  fault: (method: Method, nth: number, index: number) => Fault | undefined = () => undefined;
  /** Told before each call: the place to change the world in the middle of a cutover. */
  onCall: (method: Method, nth: number) => void = () => undefined;

  /** Milliseconds until a call takes effect. */
  takes: (method: Method) => number = () => 0;

  private revision = 1;
  private previous: { weights: Weights; until: number } | undefined;
  private readonly counted: Record<Slot, { requests: number; failed: number; counts: number[] }>;
  private countedUntil: number;
  private turn = 0;

  constructor(private readonly clock: MemoryClock) {
    this.countedUntil = clock.now();
    const slot = (release: string): MemorySlot => ({
      release,
      replicas: 2,
      running: 2,
      status: 200,
      body: "ok",
      restarts: 0,
      startedAt: clock.now() - 60_000,
      errorPercent: 0,
      latencySeconds: 0.05,
      inFlight: 0,
      logs: [],
    });
    this.slots = { blue: slot("1.0.0-aaaaaaaaaaaa"), green: slot("1.1.0-bbbbbbbbbbbb") };
    const counted = () => ({ requests: 0, failed: 0, counts: [...BOUNDS, Infinity].map(() => 0) });
    this.counted = { blue: counted(), green: counted() };
    this.move(all("blue"));
  }

  /** A new process takes the dead one's place, and nothing goes wrong any more. */
  restart(): void {
    this.clock.forget();
    this.fault = () => undefined;
    this.dead = false;
  }

  /** Moves the route as somebody else would. */
  move(weights: Weights): void {
    this.count();
    this.revision += 1;
    this.route = { weights, revision: String(this.revision), releases: this.releases() };
  }

  /** The route as it is now, past every fault. */
  live(): LiveRoute {
    this.expire();
    if (this.route === undefined) throw new Error("there is no route");
    return this.route;
  }

  times(method: Method): number {
    return this.calls.filter((call) => call === method).length;
  }

  readRoute(): Promise<LiveRoute | undefined> {
    return this.call("readRoute", () => copy(this.route));
  }

  makeRoute(initial: Slot): Promise<LiveRoute> {
    return this.call("makeRoute", () => {
      if (this.route === undefined) this.move(all(initial));
      return copy(this.live());
    });
  }

  writeRoute(change: RouteChange): Promise<LiveRoute> {
    return this.call("writeRoute", () => {
      const route = this.live();
      const open = route.transaction;
      if (open !== undefined && open.id !== change.transaction?.id) throw this.conflict(`${open.id} is open`);
      if (change.expected !== route.revision) throw this.conflict(`the route is at revision ${route.revision}`);
      if (change.weights.blue + change.weights.green !== 100) throw new Error("weights must add up to 100");
      const { blue, green } = this.slots;
      const running = { blue: blue.running, green: green.running };
      this.writes.push({ ...change, running, status: { blue: blue.status, green: green.status } });
      this.previous = { weights: this.dataPlane().weights, until: this.clock.now() + this.propagationMs };
      this.move(change.weights);
      if (change.transaction !== undefined) {
        const { id, confirmWithinMs } = change.transaction;
        const fallback = open?.fallback ?? route.weights;
        this.live().transaction = { id, expiresAt: this.clock.now() + confirmWithinMs, fallback };
      }
      return copy(this.live());
    });
  }

  renew(transaction: string, confirmWithinMs: number): Promise<void> {
    return this.call("renew", () => {
      this.open(transaction).expiresAt = this.clock.now() + confirmWithinMs;
    });
  }

  commit(transaction: string): Promise<void> {
    return this.call("commit", () => {
      this.open(transaction);
      delete this.live().transaction;
    });
  }

  deleteRoute(): Promise<void> {
    return this.call("deleteRoute", () => {
      this.route = undefined;
    });
  }

  condition(slot: Slot): Promise<Condition> {
    return this.call("condition", () => {
      const { release, replicas } = this.slots[slot];
      const instances = Array.from({ length: replicas }, (_, index) => this.instance(slot, index));
      return { slot, release, wanted: replicas, instances };
    });
  }

  probeInstance(slot: Slot, instance: string, probe: Probe): Promise<Answer> {
    return this.call("probeInstance", () => {
      const { status, body, release, running } = this.slots[slot];
      if (Number(instance.split("-").at(-1)) >= running) throw new Error(`connect ECONNREFUSED ${instance}`);
      return { status, headers: {}, body: probe.path === "/version" ? release : body, durationMs: 5, slot, release };
    });
  }

  probePublic(): Promise<Answer> {
    return this.call("probePublic", () => {
      const { weights } = this.dataPlane();
      this.turn = (this.turn + 37) % 100;
      const slot: Slot = this.turn < weights.blue ? "blue" : "green";
      const { status, body, release, running } = this.slots[slot];
      if (running === 0) return { status: 502, headers: {}, body: "no instance", durationMs: 1 };
      return { status, headers: {}, body, durationMs: 5, slot, release };
    });
  }

  logs(slot: Slot, since: number): Promise<LogLine[]> {
    return this.call("logs", () => this.slots[slot].logs.filter((line) => line.at >= since));
  }

  traffic(): Promise<Record<Slot, SlotTraffic>> {
    return this.call("traffic", () => {
      this.count();
      const of = (slot: Slot): SlotTraffic => {
        const { requests, failed, counts } = this.counted[slot];
        const latency: Histogram = { bounds: BOUNDS, counts: [...counts] };
        return { requests, failed, latency, inFlight: this.slots[slot].inFlight };
      };
      return { blue: of("blue"), green: of("green") };
    });
  }

  drain(slot: Slot): Promise<Drained> {
    return this.call("drain", () => {
      if (this.live().weights[slot] > 0) throw new Error(`${slot} still has traffic and cannot be drained`);
      return { ...this.drained };
    });
  }

  switchTimes(): Promise<{ firstNewMs?: number; lastOldMs?: number }> {
    return this.call("switchTimes", () => ({ firstNewMs: 4, lastOldMs: 9 }));
  }

  saveRecord(record: CutoverRecord, keep: number): Promise<void> {
    return this.call("saveRecord", () => {
      const others = this.history.filter((kept) => kept.id !== record.id);
      this.history = [copy(record), ...others].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, keep);
    });
  }

  records(): Promise<CutoverRecord[]> {
    return this.call("records", () => copy(this.history));
  }

  /** What people decided, for every cutover: a test has one. */
  readonly decided: Decision[] = [];
  readonly decisions: Decisions = {
    read: () => Promise.resolve([...this.decided]),
    write: (_cutover, decision) => {
      this.decided.push(decision);
      return Promise.resolve();
    },
    forget: () => {
      this.decided.length = 0;
      return Promise.resolve();
    },
  };
  told: Journal | undefined;
  readonly outbox: OutboxStore = {
    load: () => Promise.resolve(this.told),
    save: (journal) => {
      this.told = journal;
      return Promise.resolve();
    },
  };

  private async call<T>(method: Method, effect: () => T): Promise<T> {
    // The answer of a dead process's call reaches nobody.
    const nobody = new Promise<T>(() => undefined);
    if (this.dead) return nobody;
    const index = this.calls.push(method) - 1;
    const nth = this.times(method);
    const ms = this.takes(method);
    if (ms > 0) await this.clock.sleep(ms);
    else await Promise.resolve();
    if (this.isDead()) return nobody;
    this.expire();
    this.onCall(method, nth);
    this.expire();
    const fault = this.fault(method, nth, index);
    if (fault === "before") throw new Error(`${method} failed`);
    if (fault === "kill before") {
      this.dead = true;
      return nobody;
    }
    const answer = effect();
    if (fault === "after") throw new Error(`the answer of ${method} was lost`);
    if (fault === undefined) return answer;
    this.dead = true;
    return nobody;
  }

  private isDead(): boolean {
    return this.dead;
  }

  private expire(): void {
    const open = this.route?.transaction;
    if (open === undefined || this.clock.now() < open.expiresAt) return;
    this.move(open.fallback);
  }

  private open(transaction: string): NonNullable<LiveRoute["transaction"]> {
    const open = this.live().transaction;
    if (open?.id !== transaction) throw this.conflict(`${transaction} is not open`);
    return open;
  }

  private conflict(reason: string): RouteConflict {
    const route = this.live();
    return new RouteConflict(`${reason}; ${describeWeights(route.weights)} serves`, copy(route));
  }

  private instance(slot: Slot, index: number): InstanceCondition {
    const { running, restarts, startedAt, memoryMiB, cpuPercent } = this.slots[slot];
    return {
      name: `shop-${slot}-${index}`,
      address: `http://127.0.0.1:${slot === "blue" ? 5005 : 5006}${index}`,
      running: index < running,
      restarts,
      startedAt,
      ...(index < running ? {} : { problem: "exited with code 1" }),
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      ...(cpuPercent === undefined ? {} : { cpuPercent }),
    };
  }

  private dataPlane(): { weights: Weights } {
    const late = this.previous;
    return late !== undefined && this.clock.now() < late.until ? late : this.live();
  }

  private releases(): Partial<Record<Slot, string>> {
    return { blue: this.slots.blue.release, green: this.slots.green.release };
  }

  /** Adds the traffic since the last count, by the weights that the route had in that time. */
  private count(): void {
    const seconds = (this.clock.now() - this.countedUntil) / 1000;
    this.countedUntil = this.clock.now();
    if (this.route === undefined) return;
    for (const slot of SLOTS) {
      const requests = Math.round((this.rate * seconds * this.route.weights[slot]) / 100);
      const { errorPercent, latencySeconds } = this.slots[slot];
      const counted = this.counted[slot];
      counted.requests += requests;
      counted.failed += Math.round((requests * errorPercent) / 100);
      const bucket = BOUNDS.findIndex((bound) => latencySeconds <= bound);
      const at = bucket === -1 ? BOUNDS.length : bucket;
      counted.counts[at] = (counted.counts[at] ?? 0) + requests;
    }
  }
}

/** The slot that has all the traffic; undefined when it is shared. */
export function whole(weights: Weights): Slot | undefined {
  return SLOTS.find((slot) => weights[slot] === 100 && weights[other(slot)] === 0);
}

const copy = <T>(value: T): T => structuredClone(value);
