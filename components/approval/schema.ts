import { z } from "zod";
import { duration, parseDuration } from "../config/duration";
import { STAGES, type Stage } from "../model/words";

/** After the bake nothing can be taken back any more, so there is nothing to approve. */
const APPROVED_STAGES = STAGES.filter((stage) => stage !== "CLEAN_UP");

/** The config key `approval`. */
export const approvalSchema = z
  .strictObject({
    required: z.boolean().default(false).describe("Whether a person must approve a switch. A rollback never asks."),
    stages: z
      .array(z.enum(APPROVED_STAGES))
      .min(1)
      .default(["PRE_PRODUCTION_TRAFFIC_SHIFT"])
      .describe("The stages that wait for it; each asks anew."),
    release: z
      .string()
      .min(1)
      .optional()
      .describe("A release that is approved beforehand: its version or its full id. Any other release waits."),
    timeout: duration({ min: "1s" }).default("1h").describe("How long it is waited for."),
    onTimeout: z
      .enum(["rollback", "continue"])
      .default("rollback")
      .describe("What happens when nobody answered in that time."),
    wait: z
      .boolean()
      .default(true)
      .describe(
        "Whether to wait at all. `false`, for CI: a switch that is not approved yet ends at once, and traffic stays.",
      ),
  })
  .describe("A person's yes before a stage.");

/** What the cutover is told of it. */
export interface Approval {
  required: boolean;
  stages: Stage[];
  /** Version or id of a release that is approved beforehand. */
  release?: string;
  timeoutMs: number;
  onTimeout: "rollback" | "continue";
  wait: boolean;
}

export function approvalFrom(config: z.output<typeof approvalSchema>): Approval {
  const { required, stages, release, timeout, onTimeout, wait } = config;
  return {
    required,
    stages: [...stages],
    ...(release === undefined ? {} : { release }),
    timeoutMs: parseDuration(timeout) ?? 3_600_000,
    onTimeout,
    wait,
  };
}
