import { z } from "zod";
import { SLOTS } from "../../../model/words";

const milliseconds = z.number().int().min(0);
const variables = z.record(
  z.string().regex(/^[^=\0]+$/, "the name of an environment variable"),
  z.string().refine((value) => !value.includes("\0"), "no NUL characters"),
);
const argument = z.string().refine((value) => !value.includes("\0"), "no NUL characters");

/**
 * What a supervisor is to run. It reads this as JSON from its standard input, so that secrets are never on disk and never in
 * the arguments or the environment of a process that is not the application itself.
 */
export const supervisorSpecSchema = z.strictObject({
  service: z.string().min(1),
  slot: z.enum(SLOTS),
  /** The release's id. */
  release: z.string().min(1),
  /** Says whether two specs are the same, secrets included, without giving them away. Worked out by the caller. */
  fingerprint: z.string().min(1),
  /** Program and arguments; no shell in between. */
  command: z.array(argument).min(1),
  /** The working directory. */
  directory: z.string().min(1),
  environment: variables,
  secrets: variables,
  host: z.string().min(1),
  /** The port of instance 0; further instances get free ones. */
  port: z.number().int().min(1).max(65535),
  replicas: z.number().int().min(1).max(100),
  /** From SIGTERM to SIGKILL when the supervisor is stopped by a signal. */
  stopDeadlineMs: milliseconds,
  /** How long a crashed instance waits for its restart: doubled each time, and from the start again once it ran long enough. */
  backoff: z.strictObject({ initialMs: milliseconds, maxMs: milliseconds, resetAfterMs: milliseconds }),
  /** A log is rotated at `maxBytes`, and `keep` old ones stay. */
  logs: z.strictObject({ maxBytes: z.number().int().min(1), keep: z.number().int().min(1) }),
});

export type SupervisorSpec = z.output<typeof supervisorSpecSchema>;
