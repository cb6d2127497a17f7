import { Failure } from "../failure";
import { local } from "./local";
import type { CommandLinePart } from "./part";

/** The one place of the command line that knows the platforms' names. */
const PARTS: Record<string, CommandLinePart> = { local };

const none: CommandLinePart = { rooted: (target, config) => ({ target, config }), operations: () => ({}) };

/** A platform without a part of its own has a driver, and nothing more. */
export function partOf(platform: string): CommandLinePart {
  return PARTS[platform] ?? none;
}

/** An operation that a platform may not have. @throws Failure (refused) */
export function supported<T>(operation: T | undefined, what: string, platform: string): NonNullable<T> {
  if (operation !== undefined && operation !== null) return operation;
  throw new Failure("refused", `${what} is not supported on the platform ${platform}`);
}
