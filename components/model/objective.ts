import type { Comparison } from "./compare";
import { meets, parseCondition } from "./condition";
import type { Verdict } from "./words";

/** When an objective is watched: before the switch, between the steps, after the last one. */
export const PHASES = ["gate", "steps", "bake"] as const;
export type Phase = (typeof PHASES)[number];

/** What an objective is, with everything filled in. Plain JSON; lengths of time in milliseconds. No secret is in it. */
export interface Objective {
  name: string;
  source: SourceSettings;
  /** `< 1`. With `pass` alone, a value that does not meet it fails; with both, one that meets neither is inconclusive. */
  pass?: string;
  /** With `fail` alone, a value that does not meet it passes. */
  fail?: string;
  compare?: Comparison;
  initialDelayMs: number;
  intervalMs: number;
  /** The longest time that one measurement may take. */
  timeoutMs: number;
  /** Measurements with a value after which it is concluded; without it, as many as fit into the time watched. */
  count?: number;
  /** Failed measurements that are tolerated. */
  failureLimit: number;
  inconclusiveLimit: number;
  /** Errors and timeouts in a row that are tolerated. */
  consecutiveErrorLimit: number;
  onBreach: "rollback" | "warn";
  /** Measured and told, but nothing follows from it. */
  dryRun: boolean;
  /** What a measurement without data is: waited for, and inconclusive in the end; a pass; a failure. */
  noData: "hold" | "pass" | "fail";
  when: Phase[];
}

/** The names of secrets, never their values; a user's name is none. */
export type Auth = { bearer: string } | { username: string; password: string };

/** How an HTTPS server is trusted. */
export interface Trust {
  /** Path of a file of CA certificates in PEM, used in place of the system's. */
  ca?: string;
  /** Accepts every certificate. */
  insecure?: boolean;
}

export type RouteFigure = "errorPercent" | "p50" | "p95" | "p99" | "requestsPerSecond" | "requests";
export type ResourceFigure = "cpuPercent" | "memoryMiB" | "memoryPercent" | "restarts";

/** Where an objective's values come from. */
export type SourceSettings =
  | ({ kind: "prometheus"; url: string; query: string; auth?: Auth } & Trust)
  | ({
      kind: "http";
      url: string;
      method: string;
      headers: Record<string, string>;
      pointer: string;
      auth?: Auth;
    } & Trust)
  | { kind: "command"; run: string[]; pointer?: string; directory?: string }
  | { kind: "route"; figure: RouteFigure; minRequests: number }
  | { kind: "logs"; pattern: string }
  | { kind: "resource"; figure: ResourceFigure; memoryLimitMiB?: number };

/** What a source found: a value and where it is from, or why there is none. `missing` is no error: there was no data. */
export type Sample = { value: number; detail: string } | { missing: string };

/** One measurement, judged. */
export interface Judgement {
  verdict: Verdict;
  detail: string;
  /** No value: `missing`, the source had no data; `gathering`, a comparison has too few values yet. */
  without?: "missing" | "gathering";
}

/** Judges one value. Total: what cannot be judged is an error, and a source without data is inconclusive. */
export function judge(sample: Sample, objective: Pick<Objective, "pass" | "fail">): Judgement {
  if ("missing" in sample) return { verdict: "inconclusive", detail: sample.missing, without: "missing" };
  const { value, detail } = sample;
  if (Number.isNaN(value)) return { verdict: "error", detail: `${detail}: NaN is no value` };
  const pass = objective.pass === undefined ? undefined : parseCondition(objective.pass);
  const fail = objective.fail === undefined ? undefined : parseCondition(objective.fail);
  const wanted = [
    ...(objective.pass === undefined ? [] : [`passes ${objective.pass}`]),
    ...(objective.fail === undefined ? [] : [`fails ${objective.fail}`]),
  ].join(", ");
  const judged = (verdict: Verdict) => ({ verdict, detail: `${detail} (${wanted === "" ? "no condition" : wanted})` });
  if ((objective.pass !== undefined && pass === undefined) || (objective.fail !== undefined && fail === undefined))
    return judged("error");
  const passes = pass !== undefined && meets(value, pass);
  const fails = fail !== undefined && meets(value, fail);
  if (passes && fails) return judged("error");
  if (fails) return judged("fail");
  if (passes) return judged("pass");
  if (pass !== undefined && fail !== undefined) return judged("inconclusive");
  if (pass !== undefined) return judged("fail");
  return judged(fail === undefined ? "error" : "pass");
}

/**
 * The objectives to watch in a phase. Only in the steps do both slots serve, so a comparison counts there alone; an objective
 * that is nothing but a comparison is not watched elsewhere.
 */
export function forPhase(objectives: readonly Objective[], phase: Phase): Objective[] {
  return objectives.flatMap((objective) => {
    if (!objective.when.includes(phase)) return [];
    const { compare, ...rest } = objective;
    if (compare === undefined || phase === "steps") return [objective];
    return rest.pass === undefined && rest.fail === undefined ? [] : [rest];
  });
}
