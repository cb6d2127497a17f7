import type { Outcome } from "../cutover/run";
import { describeMs, type Clock } from "../model/clock";
import type { Verdict } from "../model/words";
import type { Driver } from "../platforms/driver";
import { secretMask } from "../platforms/local/supervisor/secretMask";
import { runCommand } from "./command";
import { environmentOf, type HookContext } from "./context";
import type { Hook } from "./hook";
import { runRequest } from "./request";

/** What a hook needs besides the hook itself. */
export interface HookMeans {
  /** How the instances of a slot are asked. */
  slots?: Pick<Driver, "condition" | "probeInstance">;
  /** Secrets of the config by name. All of them are taken out of what a hook says. */
  secrets?: Record<string, string>;
  /** What relative folders start from. @default the current one, which is the project's in a deployment */
  project?: string;
  /** Ends the hook early, with all that it started. */
  signal?: AbortSignal;
}

export interface HookResult {
  verdict: Verdict;
  /** What happened, for people; no secrets in it. */
  detail: string;
  attempts: number;
  durationMs: number;
}

const STOPPED = "it was stopped";

/** Pauses between attempts: 1 s, 2 s, 4 s and so on up to this. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Runs a hook, again when it failed and may be tried again. Each attempt ends at the deadline. Never throws: whatever goes
 * wrong is a verdict. `pass`: done as wanted; `fail`: it said no; `timeout`: not within the deadline; `error`: it could not
 * be done or was stopped.
 */
export async function runHook(
  hook: Hook,
  context: HookContext,
  clock: Clock,
  means: HookMeans = {},
): Promise<HookResult> {
  const began = clock.now();
  const mask = secretMask(means.secrets ?? {});
  const stopped = () => means.signal?.aborted ?? false;
  for (let attempts = 1; ; attempts += 1) {
    const { verdict, detail } = await attempt(hook, context, clock, means);
    const result = { verdict, detail: mask(detail), attempts, durationMs: clock.now() - began };
    if (verdict === "pass" || attempts > hook.retries || stopped()) return result;
    await clock.sleep(Math.min(1000 * 2 ** (attempts - 1), LONGEST_PAUSE_MS), means.signal);
    if (stopped()) return { ...result, durationMs: clock.now() - began };
  }
}

async function attempt(hook: Hook, context: HookContext, clock: Clock, means: HookMeans): Promise<Outcome> {
  const stopped = () => means.signal?.aborted ?? false;
  if (stopped()) return { verdict: "error", detail: STOPPED };
  const ended = new AbortController();
  const late = new AbortController();
  const signal = means.signal === undefined ? late.signal : AbortSignal.any([late.signal, means.signal]);
  void clock.sleep(hook.deadlineMs, ended.signal).then(() => {
    if (!ended.signal.aborted) late.abort();
  });
  let outcome: Outcome;
  try {
    outcome = await act(hook, context, means, signal);
  } catch (error) {
    outcome = { verdict: "error", detail: (error as Error).message };
  } finally {
    ended.abort();
  }
  if (late.signal.aborted) {
    return {
      verdict: "timeout",
      detail: `not done within its deadline of ${describeMs(hook.deadlineMs)}; ${outcome.detail}`,
    };
  }
  return outcome;
}

function act(hook: Hook, context: HookContext, means: HookMeans, signal: AbortSignal): Promise<Outcome> {
  const { slots, secrets = {}, project = process.cwd() } = means;
  const { command, http, deadlineMs } = hook;
  const given = new Map(Object.entries(hook.secrets).map(([key, name]) => [key, secrets[name]]));
  const missing = Object.entries(hook.secrets).filter(([key]) => given.get(key) === undefined);
  if (missing.length > 0) {
    const names = missing.map(([, name]) => name).join(", ");
    return Promise.resolve({ verdict: "error", detail: `the config has no secret named ${names}` });
  }
  const values = Object.fromEntries([...given].map(([key, value]) => [key, value ?? ""]));
  const mask = secretMask(secrets);
  if (command !== undefined) {
    const environment = { ...command.environment, ...values, ...environmentOf(context) };
    return runCommand(command, { environment, project, mask, signal });
  }
  if (http === undefined)
    return Promise.resolve({ verdict: "error", detail: "it has neither a command nor a request" });
  return runRequest(http, {
    context,
    headers: values,
    mask,
    deadlineMs,
    signal,
    ...(slots === undefined ? {} : { slots }),
  });
}
