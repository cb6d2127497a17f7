import { z } from "zod";
import type { Slot } from "../../../model/words";
import type { Ports } from "./listeners";
import { slotUpstreamsSchema, weightsSchema } from "./state";
import type { SlotTraffic, SwitchTimes } from "./traffic";

/** What the control API is sent and what it answers, for both of its ends. */

const transactionId = z.string().min(1).max(200);
const confirmWithinMs = z
  .number()
  .int()
  .min(1)
  .max(7 * 86_400_000);

export const writeRouteSchema = z.strictObject({
  expectedRevision: z.number().int(),
  weights: weightsSchema,
  /** With one, the weights fall back by themselves unless it is renewed or committed in time. */
  transaction: z.strictObject({ id: transactionId, confirmWithinMs }).optional(),
  reason: z.string().max(500).optional(),
});
export type WriteRoute = z.infer<typeof writeRouteSchema>;

export const renewSchema = z.strictObject({ id: transactionId, confirmWithinMs });
export const transactionSchema = z.strictObject({ id: transactionId });

export const setSlotSchema = slotUpstreamsSchema.extend({ force: z.boolean().default(false) });
export type SetSlot = z.input<typeof setSlotSchema>;

export const drainSchema = z.strictObject({
  slot: z.enum(["blue", "green"]),
  deadlineMs: z.number().int().min(0).max(86_400_000),
});
export const shutdownSchema = z.strictObject({ graceMs: z.number().int().min(0).max(3_600_000) });

export interface RouterHealth {
  pid: number;
  /** With `pid`, who the process is: see `ProcessIdentity`. */
  startTime: string;
  startedAt: string;
  service: string;
  host: string;
  /** As bound: real numbers even where the settings say 0. */
  ports: Ports;
  version: string;
}

export interface Traffic {
  /** Milliseconds since the epoch, with a fraction. */
  at: number;
  slots: Record<Slot, SlotTraffic>;
  /** The newest write that moved weight; null before the first. */
  lastWrite: SwitchTimes | null;
  /** The newest 64 such writes, oldest first. */
  switches: SwitchTimes[];
  /** Open connections of clients. */
  sockets: number;
  /** Memory of the process, in bytes. */
  rss: number;
}

export interface Drained {
  /** What ended by itself of that which was under way when the drain began. */
  finished: number;
  /** What was cut off at the deadline. */
  cut: number;
  waitedMs: number;
}
