import type { Contradiction } from "../model/contradictions";
import { presetOf } from "./presets";
import type { ObjectiveConfig } from "./schema";

export const SOURCES = ["prometheus", "http", "command", "route", "logs", "resource"] as const;

/** Which keys of an objective go together: what the schema of each single key cannot tell. */
export function shapeProblems(objective: ObjectiveConfig): Contradiction[] {
  const found: Contradiction[] = [];
  const report = (path: (string | number)[], message: string) => found.push({ path, message });
  const sources = SOURCES.filter((key) => objective[key] !== undefined);
  const preset = objective.preset === undefined ? undefined : presetOf(objective.preset.name);
  if (objective.name === undefined && preset === undefined) report(["name"], "a name");
  if (sources.length > 1 || (sources.length === 0 && preset === undefined)) {
    const given = sources.length === 0 ? "none" : sources.join(" and ");
    report([], `exactly one source out of ${SOURCES.join(", ")}, or a preset; ${given} given`);
  }
  if (preset !== undefined) {
    if (preset.limit === undefined && objective.preset?.limit === undefined)
      report(["preset", "limit"], "a number: this preset has no limit of its own");
    for (const key of ["pass", "fail"] as const) {
      if (objective[key] !== undefined) report([key], "nothing beside a preset; set preset.limit, or name the source");
    }
  } else if (objective.pass === undefined && objective.fail === undefined && objective.compare === undefined) {
    const exitCode = objective.command !== undefined && objective.command.pointer === undefined;
    if (sources.length === 1 && !exitCode) report([], "pass, fail or compare; none given, so nothing could be judged");
  }
  for (const key of ["prometheus", "http"] as const) {
    const auth = objective[key]?.auth;
    if (auth === undefined) continue;
    const basic = auth.username !== undefined && auth.password !== undefined;
    const neither = auth.username === undefined && auth.password === undefined;
    if (auth.bearer === undefined ? !basic : !neither)
      report([key, "auth"], "either bearer, or username and password together");
  }
  return found;
}
