import { describeMs } from "./clock";
import { smallestP } from "./compare";
import { parseCondition, specimens, type Range } from "./condition";
import { judge, PHASES, type Objective, type Phase, type SourceSettings } from "./objective";
import { unknownPlaces, VARIABLES, variablesOf } from "./template";

/** What cannot be right about an objective: the key, and what is wanted there and why. */
export interface Contradiction {
  /** From the objective on, such as `["prometheus", "query"]`. */
  path: (string | number)[];
  /** What is wanted, to be read after "wanted". */
  message: string;
}

/** How long each phase is watched, in milliseconds; 0 or absent: not at all. `steps` is one step. */
export type Spans = Partial<Record<Phase, number>>;

/** Settings of an objective that can never work together, each with the key to change. */
export function contradictions(objective: Objective, spans: Spans, secrets?: readonly string[]): Contradiction[] {
  return [
    ...aboutConditions(objective),
    ...aboutTime(objective, spans),
    ...aboutSource(objective.source, secrets),
    ...aboutComparison(objective, spans),
  ];
}

function aboutConditions({ pass, fail, source }: Objective): Contradiction[] {
  const given = [pass, fail].filter((text) => text !== undefined).map(parseCondition);
  const conditions = given.filter((condition) => condition !== undefined);
  if (conditions.length === 0 || conditions.length < given.length) return [];
  const conditionsText = { ...(pass === undefined ? {} : { pass }), ...(fail === undefined ? {} : { fail }) };
  const range = rangeOf(source);
  const verdicts = specimens(conditions, range).map((value) => ({
    value,
    verdict: judge({ value, detail: "" }, conditionsText).verdict,
  }));
  const both = verdicts.find(({ verdict }) => verdict === "error");
  if (both !== undefined && pass !== undefined)
    return [
      {
        path: ["fail"],
        message: `a condition that no value meets together with pass ${pass}; ${both.value} meets both`,
      },
    ];
  const key = pass === undefined ? "fail" : "pass";
  const values =
    Number.isFinite(range.most) && Number.isFinite(range.least) ? `from ${range.least} to ${range.most}` : "0 or more";
  const can = range.least === -Infinity ? "" : `; its values are ${values}`;
  if (verdicts.every(({ verdict }) => verdict === "pass"))
    return [{ path: [key], message: `a condition that can fail: every value passes${can}` }];
  if (!verdicts.some(({ verdict }) => verdict === "pass"))
    return [{ path: [key], message: `a condition that can pass: no value does${can}` }];
  return [];
}

function rangeOf(source: SourceSettings): Range {
  if (source.kind === "prometheus" || source.kind === "http") return { least: -Infinity, most: Infinity };
  if (source.kind === "command")
    return source.pointer === undefined ? { least: 0, most: 255 } : { least: -Infinity, most: Infinity };
  return { least: 0, most: source.kind === "route" && source.figure === "errorPercent" ? 100 : Infinity };
}

const NEVER: { phase: Phase; span: number } = { phase: "bake", span: 0 };

function aboutTime(objective: Objective, spans: Spans): Contradiction[] {
  const { initialDelayMs, intervalMs, timeoutMs, count, failureLimit } = objective;
  const phases = objective.when.map((phase) => ({ phase, span: spans[phase] ?? 0 })).filter(({ span }) => span > 0);
  const found: Contradiction[] = [];
  const longest = phases.reduce((a, b) => (b.span > a.span ? b : a), NEVER);
  if (longest.span === 0) {
    const watched = PHASES.filter((phase) => (spans[phase] ?? 0) > 0);
    const message = `a phase that takes time${watched.length === 0 ? "" : ` (${watched.join(", ")})`}: it would never be measured`;
    return [{ path: ["when"], message }];
  }
  for (const { phase, span } of phases) {
    const time = `${phaseText(phase)} of ${describeMs(span)}`;
    const fits = measurementsIn(objective, span);
    if (fits < 1) {
      const key = initialDelayMs >= intervalMs ? "initialDelay" : "interval";
      const first = describeMs(initialDelayMs + intervalMs);
      const message = `less, or no ${phase} in when: ${time} ends before the first measurement, which is due after ${first}`;
      found.push({ path: [key], message });
    } else if (count !== undefined && fits < count) {
      const rhythm = `one every ${describeMs(intervalMs)}${initialDelayMs === 0 ? "" : ` after ${describeMs(initialDelayMs)}`}`;
      found.push({ path: ["count"], message: `at most ${fits}: ${time} has room for no more, ${rhythm}` });
    } else if (timeoutMs > span) {
      found.push({ path: ["timeout"], message: `less: ${time} is over before one measurement may be` });
    }
  }
  const most = Math.min(count ?? Infinity, measurementsIn(objective, longest.span));
  if (found.length === 0 && failureLimit >= most) {
    const reason = `${phaseText(longest.phase)} of ${describeMs(longest.span)} has ${most} measurements, so it could only fail at the end`;
    found.push({ path: ["failureLimit"], message: `at most ${most - 1}: ${reason}` });
  }
  return found;
}

/** How many measurements fit into a time: the first comes one interval after the initial delay. */
export function measurementsIn(objective: Pick<Objective, "initialDelayMs" | "intervalMs">, spanMs: number): number {
  return Math.max(0, Math.floor((spanMs - objective.initialDelayMs) / objective.intervalMs));
}

function phaseText(phase: Phase): string {
  return phase === "gate" ? "a gate" : phase === "steps" ? "a step" : "a bake";
}

function aboutSource(source: SourceSettings, secrets: readonly string[] | undefined): Contradiction[] {
  const found: Contradiction[] = [];
  for (const { path, text } of templatesOf(source)) {
    const unknown = unknownPlaces(text);
    if (unknown.length === 0) continue;
    const known = VARIABLES.map((name) => `{{${name}}}`).join(", ");
    found.push({ path, message: `only variables out of ${known}; ${unknown.join(", ")} cannot be filled in` });
  }
  if (source.kind === "logs") {
    try {
      new RegExp(source.pattern);
    } catch (error) {
      const reason = (error as Error).message.split(": ").at(-1) ?? "";
      found.push({ path: ["logs", "pattern"], message: `a regular expression: ${reason}` });
    }
  }
  if ((source.kind === "prometheus" || source.kind === "http") && source.auth !== undefined && secrets !== undefined) {
    const [key, name] =
      "bearer" in source.auth
        ? (["bearer", source.auth.bearer] as const)
        : (["password", source.auth.password] as const);
    const known = secrets.length === 0 ? "there is none" : `there are ${secrets.join(", ")}`;
    if (!secrets.includes(name))
      found.push({ path: [source.kind, "auth", key], message: `the name of a secret in secrets; ${known}` });
  }
  return found;
}

/** Every text of a source in which variables are filled in. */
function templatesOf(source: SourceSettings): { path: (string | number)[]; text: string }[] {
  if (source.kind === "prometheus") return [{ path: ["prometheus", "query"], text: source.query }];
  if (source.kind === "command") return source.run.map((text, i) => ({ path: ["command", "run", i], text }));
  if (source.kind !== "http") return [];
  const headers = Object.entries(source.headers).map(([name, text]) => ({ path: ["http", "headers", name], text }));
  return [{ path: ["http", "url"], text: source.url }, ...headers];
}

function aboutComparison(objective: Objective, spans: Spans): Contradiction[] {
  const { compare, source } = objective;
  if (compare === undefined) return [];
  const found: Contradiction[] = [];
  if (!objective.when.includes("steps")) {
    found.push({ path: ["when"], message: "steps, where both slots serve: only there the two can be compared" });
  } else if ((spans.steps ?? 0) > 0) {
    const fits = Math.min(objective.count ?? Infinity, measurementsIn(objective, spans.steps ?? 0));
    if (fits >= 1 && compare.minSamples > fits) {
      const message = `at most ${fits}, the measurements of one step of ${describeMs(spans.steps ?? 0)}; or longer steps`;
      found.push({ path: ["compare", "minSamples"], message });
    }
  } else {
    found.push({ path: ["compare"], message: "several rollout.steps with an interval: only there both slots serve" });
  }
  if (smallestP(compare.minSamples, compare.direction) >= 1 - compare.confidence) {
    const message = `more: ${compare.minSamples} values of each slot can never give a confidence of ${compare.confidence}`;
    found.push({ path: ["compare", "minSamples"], message });
  }
  const templates = templatesOf(source);
  const told = ["slot", "release", "version"] as const;
  // A command is told the slot in its environment as well.
  if (source.kind === "command" || templates.length === 0) return found;
  if (!templates.some(({ text }) => told.some((name) => variablesOf(text).includes(name)))) {
    const path = source.kind === "prometheus" ? ["prometheus", "query"] : ["http", "url"];
    found.push({
      path,
      message: "{{slot}}, {{release}} or {{version}} in it: without, a slot is compared with itself",
    });
  }
  return found;
}
