import { describeMs } from "../../components/model/clock";
import type { CleanupResult } from "../verbs/cleanup";
import type { DecideResult } from "../verbs/decide";
import type { DeployResult } from "../verbs/deploy";
import type { HealthCheckResult } from "../verbs/healthCheck";
import type { ProcessesResult } from "../verbs/processes";
import type { RepairResult } from "../verbs/repair";
import type { SwitchResult } from "../verbs/switch";
import type { Paint } from "./paint";

export function switchText({ switched, from, to, release, record }: SwitchResult, paint: Paint): string {
  if (!switched && record === undefined) return `${to} serves already (${release}): nothing to do`;
  const took = record?.totalMs === undefined ? "" : `, ${describeMs(record.totalMs)}`;
  const seen =
    record?.traffic === undefined ? "" : `, ${record.traffic.requests} requests seen, ${record.traffic.failed} failed`;
  const how = record?.completion === undefined ? "" : ` (${record.completion}${took}${seen})`;
  return `${paint("green", `${to} serves`)} ${release}${how}; ${from} is kept warm`;
}

export function deployText(result: DeployResult, paint: Paint): string {
  const { slot, version, release, initial } = result;
  const placed = `${paint("green", `${version} runs in ${slot}`)} (${release})`;
  if (result.switch !== undefined) return `${placed}\n${switchText(result.switch, paint)}`;
  return initial ? `${placed} and serves: it is the first release` : `${placed}; \`bluegreen switch\` has it serve`;
}

export function decideText({ cutover, decision, next }: DecideResult, paint: Paint): string {
  const { action, by, reason } = decision;
  const why = reason === undefined ? "" : `: ${reason}`;
  return `${paint("green", `${action} ${cutover}`)}, by ${by}${why}\nnext: ${next}`;
}

export function processesText({ slot, detail }: ProcessesResult): string {
  return `${slot}: ${detail}`;
}

export function healthText(
  { slot, release, checks, healthy, verdict, durationMs }: HealthCheckResult,
  paint: Paint,
): string {
  const lines = checks.map(
    (check) => `${paint(check.verdict === "pass" ? "green" : "red", check.verdict)}  ${check.name}: ${check.detail}`,
  );
  const found = paint(healthy ? "green" : "red", healthy ? "healthy" : `not healthy (${verdict})`);
  return [
    ...lines,
    `${slot} (${release === "" ? "nothing runs" : release}) is ${found}, ${describeMs(durationMs)}`,
  ].join("\n");
}

export function cleanupText({ slot, changed, releases }: CleanupResult): string {
  if (slot !== undefined) return changed ? `${slot} was removed` : `${slot} is not in the config: nothing to do`;
  return changed
    ? [`${releases.length} stored release(s) removed`, ...releases].join("\n")
    : "no stored release is without use";
}

export function repairText({ found, done, next }: RepairResult): string {
  const part = (title: string, lines: string[]) => lines.map((line) => `${title}: ${line}`);
  return [...part("found", found), ...part("done", done), ...part("next", next)].join("\n");
}
