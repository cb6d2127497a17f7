import type { Settings } from "../resources/inputs";
import type { Comparison } from "./compare";
import { parseCondition, specimens, type Condition } from "./condition";
import { judge, type Objective } from "./objective";
import type { Verdict } from "./words";

/** What a release must meet, of all the settings. */
export type Thresholds = Pick<Settings, "gate" | "bake" | "verify" | "objectives">;

type Looser = (olds: Thresholds, news: Thresholds) => boolean;

/** A number of which less asks less, or more asks less. What is absent has no limit. */
const lower =
  (of: (thresholds: Thresholds) => number): Looser =>
  (olds, news) =>
    of(news) < of(olds);
const higher =
  (of: (thresholds: Thresholds) => number | undefined): Looser =>
  (olds, news) =>
    (of(news) ?? Infinity) > (of(olds) ?? Infinity);

/** How forgiving an answer to missing data is. */
const LENIENCE = { fail: 0, hold: 1, pass: 2 };

/** The settings by their names in the config, and when one is looser than it was. */
const RULES: Record<string, Looser> = {
  "gate.enabled": (olds, news) => olds.gate.enabled && !news.gate.enabled,
  "gate.smoke": lower(({ gate }) => gate.smoke.length),
  "gate.successes": lower(({ gate }) => gate.successes),
  "gate.identity": (olds, news) => olds.gate.identity !== undefined && news.gate.identity === undefined,
  "gate.logErrors": higher(({ gate }) => gate.logErrors?.limit),
  "gate.maxMemoryMiB": higher(({ gate }) => gate.maxMemoryMiB),
  "gate.maxCpuPercent": higher(({ gate }) => gate.maxCpuPercent),
  "gate.maxRestarts": higher(({ gate }) => gate.maxRestarts),
  "verify.consecutive": lower(({ verify }) => verify.consecutive),
  "bake.duration": lower(({ bake }) => bake.durationMs),
  "bake.failureLimit": higher(({ bake }) => bake.failureLimit),
  "bake.maxErrorPercent": higher(({ bake }) => bake.maxErrorPercent),
  "bake.maxP95": higher(({ bake }) => bake.maxP95Ms),
  "bake.maxRestarts": higher(({ bake }) => bake.maxRestarts),
  "bake.noTraffic": lower(({ bake }) => -LENIENCE[bake.noTraffic]),
};

/**
 * The names of the settings that ask less of a release than they did, such as `bake.duration` and `objectives.errors`. What
 * asks more, or asks for something else, is not named.
 */
export function loosened(olds: Thresholds, news: Thresholds): string[] {
  const settings = Object.entries(RULES).filter(([, looser]) => looser(olds, news));
  const objectives = (olds.objectives ?? []).filter((old) => {
    const same = news.objectives?.find(({ name }) => name === old.name);
    return same === undefined || isLooser(old, same);
  });
  return [...settings.map(([name]) => name), ...objectives.map(({ name }) => `objectives.${name}`)];
}

/** Whether an objective lets something pass that it did not let pass before. */
function isLooser(old: Objective, now: Objective): boolean {
  if (decides(old) && !decides(now)) return true;
  if (old.when.some((phase) => !now.when.includes(phase))) return true;
  if (now.failureLimit > old.failureLimit || now.inconclusiveLimit > old.inconclusiveLimit) return true;
  if (now.consecutiveErrorLimit > old.consecutiveErrorLimit) return true;
  if (LENIENCE[now.noData] > LENIENCE[old.noData]) return true;
  return comparesLess(old.compare, now.compare) || judgesLess(old, now);
}

/** An objective that warns or is tried out is measured, but nothing follows from it. */
const decides = ({ onBreach, dryRun }: Objective) => onBreach === "rollback" && !dryRun;

function comparesLess(old: Comparison | undefined, now: Comparison | undefined): boolean {
  if (old === undefined) return false;
  if (now === undefined) return true;
  return now.effectSize > old.effectSize || now.confidence > old.confidence;
}

const SEVERITY: Record<Verdict, number> = { pass: 0, inconclusive: 1, fail: 2, error: 2, timeout: 2 };

/** Whether there is a value that was judged more severely than it is now. */
function judgesLess(old: Objective, now: Objective): boolean {
  const conditions = [old.pass, old.fail, now.pass, now.fail]
    .map((text) => (text === undefined ? undefined : parseCondition(text)))
    .filter((condition): condition is Condition => condition !== undefined);
  const severity = (value: number, objective: Objective) => SEVERITY[judge({ value, detail: "" }, objective).verdict];
  // Without conditions it is the comparison that judges, and that was looked at.
  if (old.pass === undefined && old.fail === undefined) return false;
  if (now.pass === undefined && now.fail === undefined) return true;
  const range = { least: -Infinity, most: Infinity };
  return specimens(conditions, range).some((value) => severity(value, now) < severity(value, old));
}
