import type { CutoverInputs, PlanInputs, PlannedRelease, Settings } from "../../components/resources/inputs";

/** What a test changes in an update; objects are merged, everything else replaces. */
export type Changes<T> = { [Key in keyof T]?: T[Key] extends unknown[] ? T[Key] : Changes<T[Key]> | undefined };

export const hash = (digit: string) => `sha256:${digit.repeat(64)}`;

export const blue: PlannedRelease = { id: "1.0.0-aaaaaaaaaaaa", version: "1.0.0", artefact: hash("a"), replicas: 2 };
export const green: PlannedRelease = { id: "1.1.0-bbbbbbbbbbbb", version: "1.1.0", artefact: hash("b"), replicas: 2 };

const settings: Settings = {
  gate: {
    enabled: true,
    path: "/health",
    successes: 2,
    intervalMs: 1000,
    timeoutMs: 5000,
    deadlineMs: 60_000,
    retries: 2,
    ttlMs: 600_000,
    smoke: [],
    maxRestarts: 0,
  },
  steps: [100],
  stepIntervalMs: 10_000,
  confirmMs: 15_000,
  onDrift: "refuse",
  verify: { path: "/health", consecutive: 20, timeoutMs: 30_000 },
  bake: {
    durationMs: 30_000,
    intervalMs: 5000,
    failureLimit: 2,
    maxErrorPercent: 1,
    maxP95Ms: 500,
    maxRestarts: 0,
    minRequests: 1,
    noTraffic: "hold",
    holdLimitMs: 300_000,
  },
  drainMs: 30_000,
  rollbackWindowMs: 3_600_000,
  keep: 50,
};

const cutover: CutoverInputs = {
  target: { platform: "local", service: "shop", stack: "test", settings: {} },
  activeSlot: "green",
  releases: { blue, green },
  settings,
  transition: "blue->green",
  kind: "switch",
};

const plan: PlanInputs = {
  ...cutover,
  from: "blue",
  to: "green",
  fromRelease: blue.id,
  toRelease: green.id,
  liveReleaseChanged: false,
  idleReleaseChanged: true,
  live: "blue 100 % / green 0 %",
  drift: "none",
  liveReplicas: 2,
  gates: [],
  estimate: "40 s",
};

/** Plan's inputs for a switch from blue to green that no rule has anything against. */
export const aSwitch = (changes: Changes<PlanInputs> = {}) => merged(plan, changes);

/** Plan's inputs for an update that moves no traffic: blue serves, green is idle. */
export const noSwitch = (changes: Changes<PlanInputs> = {}) =>
  merged(
    merged(plan, {
      activeSlot: "blue",
      transition: "none",
      kind: "none",
      to: "blue",
      toRelease: blue.id,
      idleReleaseChanged: false,
    }),
    changes,
  );

/** Plan's inputs before anything serves. */
export const firstDeployment = (changes: Changes<PlanInputs> = {}) =>
  merged(
    merged(plan, {
      transition: "none->green",
      kind: "initial",
      from: "none",
      fromRelease: "",
      idleReleaseChanged: false,
      live: "none",
      liveReplicas: 0,
    }),
    changes,
  );

/** Plan's inputs when a canary was left half-way and the slot with most of the traffic is to get all of it. */
export const aRepair = (changes: Changes<PlanInputs> = {}) =>
  merged(merged(plan, { kind: "repair", idleReleaseChanged: false, live: "blue 40 % / green 60 %" }), changes);

/** Cutover's inputs for the same switch. */
export const cutoverSwitch = (changes: Changes<CutoverInputs> = {}) => merged(cutover, changes);

/** A copy with the changes in it; a change to undefined takes the key away. */
function merged<T extends object>(base: T, changes: Changes<T>): T {
  return mergedPlain(base as Plain, changes) as T;
}

type Plain = Record<string, unknown>;

function mergedPlain(base: Plain, changes: Plain): Plain {
  const result = { ...base };
  for (const [key, change] of Object.entries(changes)) {
    const value = result[key];
    if (change === undefined) Reflect.deleteProperty(result, key);
    else result[key] = isPlain(change) && isPlain(value) ? mergedPlain(value, change) : change;
  }
  return result;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);
