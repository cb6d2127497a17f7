import { parseDuration } from "../config/duration";
import type { Auth, Objective, Phase, SourceSettings, Trust } from "../model/objective";
import { presetOf, type Preset } from "./presets";
import type { ObjectiveConfig } from "./schema";

/** What an objective needs to know of the rest of the configuration. */
export interface Surroundings {
  /** `gate.maxMemoryMiB`: what memory in percent is a percent of. Without it, the memory of the machine that measures. */
  maxMemoryMiB?: number;
}

/** An objective of the configuration as what is watched: presets expanded, defaults filled in, times in milliseconds. */
export function objectiveOf(config: ObjectiveConfig, around: Surroundings = {}): Objective {
  const preset = config.preset === undefined ? undefined : presetOf(config.preset.name);
  const conditions = conditionsOf(config, preset);
  const judged = conditions.pass !== undefined || conditions.fail !== undefined;
  const when: Phase[] = config.when ?? (config.compare !== undefined && !judged ? ["steps"] : ["steps", "bake"]);
  return {
    name: config.name ?? config.preset?.name ?? "",
    source: sourceOf(config, preset, around),
    ...conditions,
    ...(config.compare === undefined ? {} : { compare: { ...config.compare } }),
    initialDelayMs: ms(config.initialDelay),
    intervalMs: ms(config.interval),
    timeoutMs: ms(config.timeout),
    ...(config.count === undefined ? {} : { count: config.count }),
    failureLimit: config.failureLimit,
    inconclusiveLimit: config.inconclusiveLimit,
    consecutiveErrorLimit: config.consecutiveErrorLimit,
    onBreach: config.onBreach ?? preset?.onBreach ?? "rollback",
    dryRun: config.dryRun,
    noData: config.noData,
    when: [...new Set(when)],
  };
}

function conditionsOf(config: ObjectiveConfig, preset: Preset | undefined): Pick<Objective, "pass" | "fail"> {
  const limit = config.preset?.limit ?? preset?.limit;
  if (preset !== undefined && limit !== undefined) return { pass: `${preset.operator} ${limit}` };
  const { pass, fail, command, compare } = config;
  if (pass === undefined && fail === undefined && compare === undefined && command !== undefined)
    return { pass: "== 0" };
  return { ...(pass === undefined ? {} : { pass }), ...(fail === undefined ? {} : { fail }) };
}

function sourceOf(config: ObjectiveConfig, preset: Preset | undefined, around: Surroundings): SourceSettings {
  const { prometheus, http, command, logs } = config;
  if (prometheus !== undefined) {
    const { url, query } = prometheus;
    return { kind: "prometheus", url, query, ...authOf(prometheus.auth), ...trustOf(prometheus) };
  }
  if (http !== undefined) {
    const { url, method, headers, pointer } = http;
    return { kind: "http", url, method, headers: { ...headers }, pointer, ...authOf(http.auth), ...trustOf(http) };
  }
  if (command !== undefined) {
    const { run, pointer, directory } = command;
    return {
      kind: "command",
      run: [...run],
      ...(pointer === undefined ? {} : { pointer }),
      ...(directory === undefined ? {} : { directory }),
    };
  }
  if (logs !== undefined) return { kind: "logs", pattern: logs.pattern };
  const own = preset?.source;
  const route =
    config.route ?? (config.resource === undefined && own !== undefined && "route" in own ? own.route : undefined);
  if (route !== undefined) return { kind: "route", figure: route, minRequests: config.minRequests };
  const resource = config.resource ?? (own !== undefined && "resource" in own ? own.resource : undefined);
  if (resource === undefined) throw new TypeError("an objective without a source passed the checks");
  const limit = resource === "memoryPercent" ? around.maxMemoryMiB : undefined;
  return { kind: "resource", figure: resource, ...(limit === undefined ? {} : { memoryLimitMiB: limit }) };
}

type AuthConfig = NonNullable<ObjectiveConfig["prometheus"]>["auth"];

function authOf(auth: AuthConfig): { auth?: Auth } {
  if (auth?.bearer !== undefined) return { auth: { bearer: auth.bearer } };
  if (auth?.username === undefined || auth.password === undefined) return {};
  return { auth: { username: auth.username, password: auth.password } };
}

function trustOf({ ca, insecure }: { ca?: string | undefined; insecure: boolean }): Trust {
  return { ...(ca === undefined ? {} : { ca }), ...(insecure ? { insecure } : {}) };
}

/** The configuration was checked, so a duration that cannot be read is a mistake of this program, not of its user. */
function ms(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new TypeError(`not a duration: ${JSON.stringify(text)}`);
  return value;
}
