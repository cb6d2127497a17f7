import { existsSync, readFileSync } from "node:fs";

/** What the engine did, or would do, to one resource. */
export interface EngineStep {
  op: string;
  /** `pulumi-nodejs:dynamic/bluegreen:Cutover` */
  type: string;
  name: string;
  /** The properties that differ. */
  diffs: string[];
  /** Inputs before and after. */
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface EngineViolation {
  policy: string;
  enforcement: string;
  message: string;
  urn: string;
}

/** The engine's own log of one run. */
export interface EngineEvents {
  /** Steps other than `same`, in order. */
  steps: EngineStep[];
  violations: EngineViolation[];
  /** What was said to the user, by severity. */
  diagnostics: { severity: string; message: string; urn: string }[];
  /** How many resources were created, updated, left the same… */
  resourceChanges: Record<string, number>;
}

interface RawState {
  inputs?: Record<string, unknown> | null;
}
interface RawEvent {
  resourcePreEvent?: {
    metadata: {
      op: string;
      urn: string;
      type: string;
      diffs?: string[] | null;
      old?: RawState | null;
      new?: RawState | null;
    };
  };
  diagnosticEvent?: { severity: string; message: string; urn?: string };
  policyEvent?: { policyName: string; enforcementLevel: string; message: string; resourceUrn?: string };
  summaryEvent?: { resourceChanges?: Record<string, number> | null };
}

/** Reads the file that `--event-log` wrote. One that is missing or cut off is what a killed engine leaves: no events. */
export function readEngineEvents(file: string): EngineEvents {
  const events: EngineEvents = { steps: [], violations: [], diagnostics: [], resourceChanges: {} };
  if (!existsSync(file)) return events;
  const lines = readFileSync(file, "utf8").split("\n");
  // The text behind the last line feed is empty, or half an event.
  for (const line of lines.slice(0, -1)) add(events, JSON.parse(line) as RawEvent);
  return events;
}

function add(events: EngineEvents, event: RawEvent): void {
  const { resourcePreEvent, diagnosticEvent, policyEvent, summaryEvent } = event;
  if (resourcePreEvent !== undefined && resourcePreEvent.metadata.op !== "same") {
    const { op, urn, type, diffs, old, new: next } = resourcePreEvent.metadata;
    const name = urn.split("::").at(-1) ?? "";
    events.steps.push({ op, type, name, diffs: diffs ?? [], before: old?.inputs ?? {}, after: next?.inputs ?? {} });
  }
  if (diagnosticEvent !== undefined && diagnosticEvent.severity !== "debug") {
    const { severity, message, urn = "" } = diagnosticEvent;
    events.diagnostics.push({ severity, message: message.trim(), urn });
  }
  if (policyEvent !== undefined) {
    const { policyName, enforcementLevel, message, resourceUrn = "" } = policyEvent;
    events.violations.push({
      policy: policyName,
      enforcement: enforcementLevel,
      message: message.trim(),
      urn: resourceUrn,
    });
  }
  if (summaryEvent !== undefined) events.resourceChanges = summaryEvent.resourceChanges ?? {};
}
