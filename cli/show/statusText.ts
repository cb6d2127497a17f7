import { describeMs } from "../../components/model/clock";
import { describeWeights, SLOTS, type Slot } from "../../components/model/words";
import type { Recommendation, Status } from "../status";
import type { Colour, Paint } from "./paint";
import { table } from "./table";

const HEAD = ["SLOT", "ROLE", "RELEASE", "INSTANCES", "RESTARTS", "MEMORY", "CPU", "REQUESTS", "FAILED", "ADDRESS"];
const COLOURS: Record<Recommendation["severity"], Colour> = { critical: "red", warning: "yellow", info: "cyan" };

/** A status for people. */
export function statusText(status: Status, paint: Paint): string {
  const { service, stack, platform, url, previewUrl } = status;
  const problems = SLOTS.flatMap((slot) => status.slots[slot].problems.map((problem) => `${slot}: ${problem}`));
  return [
    `${paint("bold", service)} (stack ${stack}, ${platform})  public ${url}  preview ${previewUrl}`,
    routeLine(status, paint),
    "",
    table(
      HEAD,
      SLOTS.map((slot) => row(slot, status, paint)),
      paint,
    ),
    ...problems.map((problem) => paint("red", problem)),
    "",
    ...history(status),
    ...advice(status, paint),
  ].join("\n");
}

function routeLine({ route, activeSlot, pending, drift }: Status, paint: Paint): string {
  const live =
    route.weights === undefined
      ? route.state
      : `${describeWeights(route.weights)} (${route.state}, revision ${route.revision ?? "?"})`;
  const parts = [`route ${paint(route.state === "live" ? "green" : "red", live)}`, `activeSlot ${activeSlot}`];
  // While a cutover is under way the next update's view of it says nothing.
  if (pending !== null && pending !== "none" && route.transaction === undefined)
    parts.push(`the next update: ${paint("yellow", pending)}`);
  parts.push(drift === null ? "no drift" : paint("yellow", "drift"));
  return parts.join("  ");
}

function row(slot: Slot, { slots }: Status, paint: Paint): string[] {
  const found = slots[slot];
  const roles: Record<typeof found.role, Colour> = { active: "green", standby: "cyan", idle: "dim" };
  const counts = `${found.running}/${found.wanted}`;
  return [
    slot,
    paint(roles[found.role], found.role),
    found.release === "" ? "none" : found.release,
    found.running < found.wanted ? paint("red", counts) : counts,
    found.restarts > 0 ? paint("yellow", String(found.restarts)) : "0",
    found.memoryMiB === null ? "-" : `${found.memoryMiB.toFixed(0)} MiB`,
    found.cpuPercent === null ? "-" : `${found.cpuPercent.toFixed(0)} %`,
    found.requests === null ? "-" : String(found.requests),
    found.failed === null ? "-" : found.failed > 0 ? paint("yellow", String(found.failed)) : "0",
    found.address,
  ];
}

function history({ lastCutover: last, running, standby }: Status): string[] {
  const lines: string[] = [];
  if (running !== null) {
    const { id, since, at, approval } = running;
    const where = at === "revert" ? "taking the traffic back" : at === "end" ? "ending" : `at stage ${at}`;
    lines.push(`cutover ${id} is running since ${since}, ${where}`);
    if (approval !== null) {
      lines.push(
        `it waits for approval until ${approval.until}:`,
        `  bluegreen approve ${id}`,
        `  bluegreen reject ${id}`,
      );
    }
  }
  if (last !== null && last.id !== running?.id) {
    const took = last.totalMs === undefined ? "" : `, ${describeMs(last.totalMs)}`;
    lines.push(
      `last cutover  ${last.from} -> ${last.to} at ${last.startedAt}: ${last.completion ?? "not ended"}${took}, by ${last.who}`,
    );
  }
  if (standby !== null) {
    const left =
      standby.leftMs > 0
        ? `a fast way back for ${describeMs(standby.leftMs)} more`
        : `its window ended ${standby.until}`;
    lines.push(`standby       ${standby.slot} (${standby.release}), ${left}`);
  }
  return lines;
}

function advice({ recommendations }: Status, paint: Paint): string[] {
  if (recommendations.length === 0) return [paint("green", "nothing to do")];
  return recommendations.flatMap(({ severity, problem, action }) => [
    `${paint(COLOURS[severity], `${severity}:`)} ${problem.replaceAll("\n", "\n  ")}`,
    `  -> ${action}`,
  ]);
}
