import { CommandError, ConcurrentUpdateError, StackNotFoundError } from "@pulumi/pulumi/automation";
import { ConfigError } from "../components/config/configError";

/**
 * How a verb can end without having done what was asked.
 *
 * - `failed`: it was tried and did not work, or a slot is not healthy
 * - `usage`: the command line or the configuration cannot be used
 * - `refused`: it would have been wrong: a policy, drift, the slot serves, there is no standby, somebody said no
 * - `locked`: another update is at work on the stack
 * - `unapproved`: nobody has approved the switch yet, and the config says not to wait for it
 * - `interrupted`: it was stopped on the way
 */
export type FailureKind = "failed" | "usage" | "refused" | "locked" | "unapproved" | "interrupted";

/** The exit code of each ending, for scripts. */
export const EXIT_CODES: Readonly<Record<FailureKind | "done", number>> = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  locked: 4,
  unapproved: 5,
  interrupted: 130,
};

/** A verb that did not do what was asked. The message says what was found, what serves, and what to do. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "Failure";
  }
}

/** What kind of failure any error is. */
export function kindOf(error: unknown): FailureKind {
  if (error instanceof Failure) return error.kind;
  if (error instanceof ConfigError || error instanceof StackNotFoundError) return "usage";
  if (error instanceof ConcurrentUpdateError) return "locked";
  return "failed";
}

/** What to tell a person about any error: of a Pulumi command only what it said was wrong, not its whole output. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof CommandError)) return error.message;
  const lines = error.message.split("\n").map((line) => line.trim());
  const said = lines.flatMap((line) => /^(?:stderr: )?error: (.+)$/.exec(line)?.[1] ?? []);
  return said.length > 0 ? [...new Set(said)].join("\n") : error.message.trim();
}
