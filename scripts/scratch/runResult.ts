import type { CliResult } from "./cliRun";
import type { EngineEvents } from "./engineEvents";

/** How one `pulumi` run ended. A run that failed is an answer, not an exception. */
export interface RunResult extends EngineEvents, CliResult {
  ok: boolean;
  /** How many resources were created, updated, left the same…: the engine's summary. */
  summary: Record<string, number>;
  /** The stack's outputs afterwards. */
  outputs: Record<string, unknown>;
  /** Violations of policies and errors in the engine's words; absent when it went well. */
  error?: string;
}

export function runResult(result: CliResult, events: EngineEvents, outputs: Record<string, unknown>): RunResult {
  const ok = result.code === 0;
  const outcome = { ...result, ...events, ok, summary: events.resourceChanges, outputs };
  return ok ? outcome : { ...outcome, error: errorOf(result, events) };
}

function errorOf({ stdout, stderr }: CliResult, { diagnostics, violations }: EngineEvents): string {
  const said = [
    ...violations.map(({ policy, enforcement, message }) => `[${enforcement}] ${policy}: ${message}`),
    ...diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
  ].filter((message) => !/^(preview|update|refresh|destroy) failed$/.test(message));
  return said.length > 0 ? said.join("\n") : `${stdout}\n${stderr}`.trim();
}
