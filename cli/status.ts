import type { CutoverRecord } from "../components/model/record";
import type { RunningCutover } from "./running";
import type { Slot, Weights } from "../components/model/words";

/** How a service is right now, as `status` reports it. Every time is ISO 8601. */
export interface Status {
  service: string;
  stack: string;
  platform: string;
  url: string;
  previewUrl: string;
  /** Who shall serve, by the config. */
  activeSlot: Slot;
  route: RouteStatus;
  slots: Record<Slot, SlotStatus>;
  /** What the next update would do to the traffic: `none`, `switch`, `rollback`, `repair` or `initial`; null when that cannot be told. */
  pending: string | null;
  /** What is live against what the last record says; null when they agree. */
  drift: string | null;
  /** The newest cutover, whether or not it has ended. */
  lastCutover: CutoverRecord | null;
  /** The cutover that has no end yet; null when there is none. */
  running: RunningCutover | null;
  /** Why the history cannot be read; null when it can. */
  historyProblem: string | null;
  /** The slot that was relieved last. */
  standby: StandbyStatus | null;
  /** What is wrong and what to do, the worst first. */
  recommendations: Recommendation[];
  /** Nothing critical is wrong. */
  healthy: boolean;
}

export interface RouteStatus {
  /** `live`: it serves. `down`: it is kept, but nobody serves it. `none`: there is none yet. `unreadable`: it cannot be told. */
  state: "live" | "down" | "none" | "unreadable";
  weights?: Weights;
  /** The slot with more than half. */
  serving?: Slot;
  revision?: string;
  problem?: string;
  /** A change that is not confirmed yet. */
  transaction?: { id: string; expiresAt: string; fallback: Weights };
}

export interface SlotStatus {
  role: "active" | "standby" | "idle";
  /** The version in the config; null when the slot is not configured. */
  configured: string | null;
  /** The release id it runs; "" when it runs none. */
  release: string;
  /** The release id that the config stands for now; null when there is none, or it cannot be worked out. */
  wantedRelease: string | null;
  running: number;
  wanted: number;
  restarts: number;
  /** Of all instances; null where the platform does not tell. */
  memoryMiB: number | null;
  cpuPercent: number | null;
  /** Requests of the public address that it answered; null while the route is down. */
  requests: number | null;
  failed: number | null;
  inFlight: number | null;
  address: string;
  /** What is wrong with it, a line each. */
  problems: string[];
}

export interface StandbyStatus {
  slot: Slot;
  release: string;
  since: string;
  /** Until then going back is fast. */
  until: string;
  /** Milliseconds; 0 when it is over. */
  leftMs: number;
}

export interface Recommendation {
  /** `critical`: users notice. `warning`: they may soon. `info`: good to know. */
  severity: "critical" | "warning" | "info";
  problem: string;
  /** What to do. */
  action: string;
}
