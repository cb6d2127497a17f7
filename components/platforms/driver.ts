import type { Decisions } from "../approval/decision";
import type { Histogram } from "../model/histogram";
import type { CutoverRecord } from "../model/record";
import type { Slot, Weights } from "../model/words";
import type { OutboxStore } from "../notify/journal";

/**
 * What a platform does at run time: the only thing the gates and the cutover know of it. A driver is made in the dynamic
 * provider's process from the target that the program declared. Every call has its own deadline and may be repeated.
 */
export interface Driver {
  /** The live route, or undefined when there is none yet. Throws when it cannot be told. */
  readRoute(): Promise<LiveRoute | undefined>;
  /** Makes the route exist with all weight on one slot; an existing route keeps its weights. */
  makeRoute(initial: Slot): Promise<LiveRoute>;
  /** Moves the weights if the route still is at `expected`. @throws RouteConflict otherwise: nothing was written then. */
  writeRoute(change: RouteChange): Promise<LiveRoute>;
  /** Keeps an unconfirmed change alive. @throws RouteConflict when it is no longer open. */
  renew(transaction: string, confirmWithinMs: number): Promise<void>;
  /** Makes the weights of an unconfirmed change permanent. @throws RouteConflict when it is no longer open. */
  commit(transaction: string): Promise<void>;
  deleteRoute(): Promise<void>;

  /** How a slot is: what it runs and how each instance does. */
  condition(slot: Slot): Promise<Condition>;
  /** Asks one instance of a slot directly, past the route. */
  probeInstance(slot: Slot, instance: string, probe: Probe): Promise<Answer>;
  /** Asks the public address. `answer.slot` and `answer.release` say who answered, as the data plane stamped it. */
  probePublic(probe: Probe): Promise<Answer>;
  /** Log lines of a slot since a time (ms since the epoch), oldest first. */
  logs(slot: Slot, since: number): Promise<LogLine[]>;

  /** What the route counted on its public address for each slot since it was made. */
  traffic(): Promise<Record<Slot, SlotTraffic>>;
  /** Lets a slot without weight finish what is in flight, and cuts the rest at the deadline. */
  drain(slot: Slot, deadlineMs: number): Promise<Drained>;
  /** After the newest write of the route: ms to the first answer of the slot that gained, and to the last of the one that lost. */
  switchTimes(): Promise<{ firstNewMs?: number; lastOldMs?: number }>;

  /** Writes a record, replacing one of the same id, and keeps the newest `keep`. Atomic: never half a record. */
  saveRecord(record: CutoverRecord, keep: number): Promise<void>;
  /** Records, newest first. */
  records(): Promise<CutoverRecord[]>;
  /** What people decide about a running cutover, from another process. */
  readonly decisions: Decisions;
  /** News that were not told yet, kept for the next cutover. */
  readonly outbox: OutboxStore;
}

export interface LiveRoute {
  weights: Weights;
  /** Changes with every write of the weights. */
  revision: string;
  /** The release each slot runs, as the route knows it. */
  releases: Partial<Record<Slot, string>>;
  /** A change that is not confirmed yet, and the weights it would fall back to. */
  transaction?: { id: string; expiresAt: number; fallback: Weights };
}

export interface RouteChange {
  weights: Weights;
  expected: string;
  /** Absent: permanent at once. Present: falls back by itself unless renewed or committed in time. */
  transaction?: { id: string; confirmWithinMs: number };
  reason: string;
}

export interface Condition {
  slot: Slot;
  /** The release id it runs; "" when it runs none. */
  release: string;
  /** Instances wanted. */
  wanted: number;
  instances: InstanceCondition[];
  /** What is wrong with the slot as a whole, for people. */
  problem?: string;
}

export interface InstanceCondition {
  /** `hello-green-0` */
  name: string;
  /** `http://127.0.0.1:5006` */
  address: string;
  running: boolean;
  /** Restarts after a crash since its release was started. */
  restarts: number;
  startedAt: number;
  /** Why it is not running, for people. */
  problem?: string;
  memoryMiB?: number;
  cpuPercent?: number;
}

export interface Probe {
  method: string;
  /** Path and query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  durationMs: number;
  /** Who answered, proven by the platform: the data plane's stamp, or the process that owns the socket. */
  slot?: Slot;
  release?: string;
}

export interface SlotTraffic {
  requests: number;
  /** Answers with a 5xx status, and requests that got no answer from the slot. */
  failed: number;
  inFlight: number;
  /** Seconds. */
  latency: Histogram;
}

export interface LogLine {
  at: number;
  instance: string;
  text: string;
}

export interface Drained {
  finished: number;
  cut: number;
  waitedMs: number;
}

/** The route is not what the caller read: somebody else moved it, or an unconfirmed change ran out. Nothing was written. */
export class RouteConflict extends Error {
  constructor(
    message: string,
    readonly live: LiveRoute | undefined,
  ) {
    super(message);
    this.name = "RouteConflict";
  }
}
