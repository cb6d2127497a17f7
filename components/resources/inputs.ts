import type * as pulumi from "@pulumi/pulumi";
import type { Approval } from "../approval/schema";
import type { GateConfig } from "../config/schema";
import type { Hook } from "../hooks/hook";
import type { Objective } from "../model/objective";
import type { Target as NotifyTarget } from "../notify/schema";
import type { TransitionKind } from "../model/transition";
import type { Slot } from "../model/words";

/** What the dynamic resources are given. All of it is plain and known in a preview, so that policies can judge it. */

/** Where the driver finds the platform. JSON only; made by the platform's program half, read by its driver. */
export interface Target {
  platform: string;
  service: string;
  stack: string;
  /** The platform's own part. */
  settings: Record<string, unknown>;
}

/** A release as the resources carry it. */
export interface PlannedRelease {
  id: string;
  version: string;
  /** `sha256:…`; an artefact of any other form is not pinned. */
  artefact: string;
  replicas: number;
}

/** Every length of time in milliseconds. */
export interface Settings {
  gate: GateSettings;
  /** Percent for the new slot, rising to 100. */
  steps: number[];
  stepIntervalMs: number;
  confirmMs: number;
  onDrift: "refuse" | "adopt";
  verify: { path: string; consecutive: number; timeoutMs: number };
  bake: BakeSettings;
  drainMs: number;
  rollbackWindowMs: number;
  /** Going back past a contract step of a migration is allowed; absent when it is not. */
  pastContract?: true;
  /** Records kept. */
  keep: number;
  /** What follows is absent where the config has none of it, so that the state does not grow with what is not used. */
  objectives?: Objective[];
  approval?: Approval;
  hooks?: Hook[];
  notifications?: NotifyTarget[];
}

export interface BakeSettings {
  durationMs: number;
  intervalMs: number;
  failureLimit: number;
  maxErrorPercent: number;
  maxP95Ms: number;
  maxRestarts: number;
  minRequests: number;
  noTraffic: "hold" | "pass" | "fail";
  holdLimitMs: number;
}

export interface GateSettings {
  enabled: boolean;
  path: string;
  successes: number;
  intervalMs: number;
  timeoutMs: number;
  deadlineMs: number;
  retries: number;
  ttlMs: number;
  smoke: SmokeSettings[];
  identity?: GateConfig["identity"];
  logErrors?: { pattern: string; limit: number; windowMs: number };
  maxMemoryMiB?: number;
  maxCpuPercent?: number;
  maxRestarts: number;
}

export interface SmokeSettings {
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  status: number;
  json: { pointer: string; equals?: string | number | boolean | null; matches?: string }[];
  contains?: string;
  maxLatencyMs?: number;
}

/** What Plan, Gate and Cutover are all given. */
export interface SwitchInputs {
  target: Target;
  activeSlot: Slot;
  releases: Partial<Record<Slot, PlannedRelease>>;
  settings: Settings;
}

/**
 * What Plan's `check` adds to its inputs: the news of an update, for previews and policies. Everything here is worked out
 * from what is live, so it is the same in the preview and in the update that follows.
 */
export interface PlanFindings {
  /** `blue->green`, or `none`. */
  transition: string;
  kind: TransitionKind;
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: string;
  liveReleaseChanged: boolean;
  idleReleaseChanged: boolean;
  /** The live route in words, such as `blue 100 % / green 0 %`; `none` before the first deployment. */
  live: string;
  /** What is live against what the last record says; `none` when they agree. */
  drift: string;
  /** The slot that was relieved last, while its rollback window runs. */
  standby?: { slot: Slot; release: string; until: string };
  /** ISO time at which the last cutover that moved traffic ended; absent when there was none since the first deployment. */
  lastSwitchAt?: string;
  /** Names of the settings that ask less of a release than in the last update, such as `bake.duration`; absent when none. */
  loosened?: string[];
  /** Instances the live slot has now; 0 before the first deployment. */
  liveReplicas: number;
  /** What the gate will ask, in words. */
  gates: string[];
  /** How long the cutover takes when all goes well, in words. */
  estimate: string;
  /** In a preview of a switch: what the gate says now, one line each. */
  preflight?: string[];
}

/** `preview`: set by the program in a preview, where the slot may be asked what would stop a switch now. */
export type PlanInputs = SwitchInputs & PlanFindings & { preview?: boolean };

/** A secret input: values of the secrets that hooks, objectives and notifications name. Never among the outputs. */
interface Secrets {
  secrets?: Record<string, string>;
}

/** The same, as the program gives it. */
export interface SecretInputs {
  secrets?: pulumi.Input<Record<string, string>>;
}

/** Among the inputs of Gate and Cutover after their own `check`. */
export interface SwitchFindings {
  transition: string;
  kind: TransitionKind;
}

/** `voidBefore`: ISO time of the last cutover's end; evidence from before it is about a slot that has served since. */
export type GateInputs = SwitchInputs & SwitchFindings & Secrets & { voidBefore?: string };

/** `drift`: as Plan found it; when the wanted slot serves already, it is recorded as agreed. */
export type CutoverInputs = SwitchInputs & SwitchFindings & Secrets & { drift?: string };

/** Resource types of this package's dynamic resources, as policies and the engine name them. */
export const TYPE_PREFIX = "pulumi-nodejs:dynamic/bluegreen:";
export type Kind = "Plan" | "Route" | "Gate" | "Cutover" | "LocalRouter" | "LocalSlot";
export const typeOf = (kind: Kind) => `${TYPE_PREFIX}${kind}`;
