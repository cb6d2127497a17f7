import { approvalFrom } from "../approval/schema";
import { hooksFrom } from "../hooks/hook";
import { targetsFrom } from "../notify/schema";
import { objectiveOf } from "../objectives/settings";
import type { BakeSettings, GateSettings, Settings, SmokeSettings } from "../resources/inputs";
import { parseDuration } from "./duration";
import type { Config, GateConfig, SmokeConfig } from "./schema";

/** What the dynamic resources are told of the configuration: every length of time in milliseconds, every smoke test named. */
export function settingsOf(config: Config): Settings {
  const { objectives, approval, notifications, gate } = config;
  const hooks = hooksFrom(config);
  const around = gate.maxMemoryMiB === undefined ? {} : { maxMemoryMiB: gate.maxMemoryMiB };
  return {
    gate: gateOf(config.gate),
    steps: [...config.rollout.steps],
    stepIntervalMs: ms(config.rollout.interval),
    confirmMs: ms(config.rollout.confirm),
    onDrift: config.rollout.onDrift,
    verify: {
      path: config.verify.path,
      consecutive: config.verify.consecutive,
      timeoutMs: ms(config.verify.timeout),
    },
    bake: bakeOf(config.bake),
    drainMs: ms(config.drain.timeout),
    rollbackWindowMs: ms(config.rollback.window),
    ...(config.rollback.pastContract ? { pastContract: true as const } : {}),
    keep: config.history.keep,
    ...(objectives.length === 0 ? {} : { objectives: objectives.map((objective) => objectiveOf(objective, around)) }),
    ...(approval.required ? { approval: approvalFrom(approval) } : {}),
    ...(hooks.length === 0 ? {} : { hooks }),
    ...(notifications.length === 0 ? {} : { notifications: targetsFrom(notifications) }),
  };
}

function gateOf(gate: GateConfig): GateSettings {
  const { identity, logErrors, maxMemoryMiB, maxCpuPercent } = gate;
  return {
    enabled: gate.enabled,
    path: gate.path,
    successes: gate.successes,
    intervalMs: ms(gate.interval),
    timeoutMs: ms(gate.timeout),
    deadlineMs: ms(gate.deadline),
    retries: gate.retries,
    ttlMs: ms(gate.ttl),
    smoke: gate.smoke.map(smokeOf),
    ...(identity === undefined ? {} : { identity: stated(identity) }),
    ...(logErrors === undefined
      ? {}
      : { logErrors: { pattern: logErrors.pattern, limit: logErrors.limit, windowMs: ms(logErrors.window) } }),
    ...stated({ maxMemoryMiB, maxCpuPercent }),
    maxRestarts: gate.maxRestarts,
  };
}

function smokeOf(smoke: SmokeConfig): SmokeSettings {
  const { body, contains, maxLatency } = smoke;
  return {
    name: smoke.name ?? `${smoke.method} ${smoke.path}`,
    method: smoke.method,
    path: smoke.path,
    headers: { ...smoke.headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    status: smoke.status,
    json: smoke.json.map(stated),
    ...stated({ contains }),
    ...(maxLatency === undefined ? {} : { maxLatencyMs: ms(maxLatency) }),
  };
}

function bakeOf(bake: Config["bake"]): BakeSettings {
  return {
    durationMs: ms(bake.duration),
    intervalMs: ms(bake.interval),
    failureLimit: bake.failureLimit,
    maxErrorPercent: bake.maxErrorPercent,
    maxP95Ms: ms(bake.maxP95),
    maxRestarts: bake.maxRestarts,
    minRequests: bake.minRequests,
    noTraffic: bake.noTraffic,
    holdLimitMs: ms(bake.holdLimit),
  };
}

/** The configuration was checked, so a duration that cannot be read is a mistake of this program, not of its user. */
function ms(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new TypeError(`not a duration: ${JSON.stringify(text)}`);
  return value;
}

type Stated<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that are undefined: in a resource's inputs they would come and go, and show as changes. */
function stated<T extends object>(value: T): Partial<Stated<T>> & Omit<Stated<T>, OptionalKeys<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Stated<T>;
}

type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
