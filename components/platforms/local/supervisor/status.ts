import { z } from "zod";
import { SLOTS } from "../../../model/words";

/**
 * `starting`: about to be spawned. `running`: its process lives; whether it answers is for the gate to say. `backoff`: it
 * crashed and waits for its restart. `stopping`: it was told to stop. `stopped`: it has, and stays so.
 */
export const INSTANCE_STATES = ["starting", "running", "backoff", "stopping", "stopped"] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

const instanceStatusSchema = z.object({
  index: z.number(),
  /** The process that runs or, while none does, the last one that did; 0 before the first. */
  pid: z.number(),
  /** With the pid the identity of that process; empty before the first. */
  startTime: z.string(),
  host: z.string(),
  /** Stays the same across restarts, unless somebody else has taken it meanwhile; 0 before the first start. */
  port: z.number(),
  state: z.enum(INSTANCE_STATES),
  /** How often it was started again after a crash. Restarts that were asked for do not count. */
  restarts: z.number(),
  /** When the process named above was started, ISO 8601; empty before the first. */
  startedAt: z.string(),
  /** How its last process ended; `error` when none could be started. */
  lastExit: z
    .object({
      code: z.number().nullable(),
      signal: z.string().nullable(),
      at: z.string(),
      error: z.string().optional(),
    })
    .optional(),
});

export const supervisorStatusSchema = z.object({
  /** The supervisor's own process. */
  supervisor: z.object({ pid: z.number(), startTime: z.string() }),
  service: z.string(),
  slot: z.enum(SLOTS),
  release: z.string(),
  fingerprint: z.string(),
  /** When the supervisor was started, ISO 8601. */
  startedAt: z.string(),
  /** Something a person has to look at, in one sentence. */
  problem: z.string().optional(),
  instances: z.array(instanceStatusSchema),
});

export type InstanceStatus = z.output<typeof instanceStatusSchema>;
/** What a supervisor says about itself and its instances: over its socket, and in `status.json` at each change. */
export type SupervisorStatus = z.output<typeof supervisorStatusSchema>;

/** The files of a supervisor, below its directory. */
export const SOCKET_FILE = "supervisor.sock";
export const STATUS_FILE = "status.json";
export const STARTUP_LOG_FILE = "supervisor.log";
export const LOG_DIRECTORY = "logs";
