import type { ResourceFigure, RouteFigure } from "../model/objective";

/** A ready-made objective: its source, and the limit in its condition. */
export interface Preset {
  source: { route: RouteFigure } | { resource: ResourceFigure };
  operator: "<=" | ">=";
  /** Without one the user must give it. */
  limit?: number;
  onBreach: "rollback" | "warn";
}

/** The ready-made objectives by name. Percent, milliseconds, restarts, percent of one core, percent, number a second. */
export const PRESETS = {
  errors: { source: { route: "errorPercent" }, operator: "<=", limit: 1, onBreach: "rollback" },
  latency: { source: { route: "p95" }, operator: "<=", limit: 500, onBreach: "rollback" },
  restarts: { source: { resource: "restarts" }, operator: "<=", limit: 0, onBreach: "rollback" },
  cpu: { source: { resource: "cpuPercent" }, operator: "<=", limit: 70, onBreach: "warn" },
  memory: { source: { resource: "memoryPercent" }, operator: "<=", limit: 75, onBreach: "warn" },
  // What a message is, only its user knows; the route's requests are the nearest that every service has.
  messages: { source: { route: "requestsPerSecond" }, operator: ">=", onBreach: "rollback" },
} satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** The preset of this name, in the form that all of them have. */
export function presetOf(name: PresetName): Preset {
  return PRESETS[name];
}
