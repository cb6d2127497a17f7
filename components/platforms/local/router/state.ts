import { z } from "zod";
import { SLOTS } from "../../../model/words";

/** What the router keeps in `route.json`, and what its control API answers. One schema for both. */

const instanceSchema = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65535),
});
/** Where one process of a slot listens. */
export type Instance = z.infer<typeof instanceSchema>;

/** Printable ASCII, because a release goes into a response header as it is. */
const headerText = z
  .string()
  .max(200)
  .regex(/^[\x20-\x7e]*$/, "only printable ASCII characters");

export const slotUpstreamsSchema = z.strictObject({
  release: headerText.describe('Id of the release the slot runs; "" when it runs none.'),
  instances: z.array(instanceSchema).max(256),
});
export type SlotUpstreams = z.infer<typeof slotUpstreamsSchema>;

const percent = z.number().min(0).max(100);
export const weightsSchema = z.strictObject({ blue: percent, green: percent });

const headerName = z.string().regex(/^[A-Za-z0-9-]*$/, "only letters, digits and -");
const port = z.number().int().min(0).max(65535);
const milliseconds = z.number().int().min(0).max(86_400_000);

export const routerSettingsSchema = z.strictObject({
  service: z.string().min(1).max(200).describe("Name of the service, for people and metrics."),
  host: z.string().min(1).default("127.0.0.1").describe("Address the public and the preview port listen on."),
  port: port.default(5004).describe("Public port. 0 lets the system choose; `GET /health` tells which."),
  previewPort: port.nullable().default(null).describe("Port that reaches the idle slot; null is off."),
  metricsPort: port.nullable().default(null).describe("Port that serves `GET /metrics` only; null is off."),
  previewHeader: headerName
    .default("x-bluegreen-preview")
    .describe('Request header that picks a slot: `blue`, `green`, or anything else for the idle one; "" is off.'),
  stickyCookie: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/, "only characters that a cookie name may have")
    .default("")
    .describe('Cookie that keeps a client on its slot while that slot has weight; "" is off.'),
  stickySeconds: z.number().int().min(1).max(31_536_000).default(3600).describe("Life of the sticky cookie."),
  accessLog: z.boolean().default(true).describe("Write access.log (rotated at 10 MB, 5 files)."),
  upstreamTimeouts: z
    .strictObject({
      connectMs: milliseconds.min(1).default(2000).describe("Longest wait for a connection to an instance."),
      headersMs: milliseconds.default(60_000).describe("Longest wait for an answer to begin; 0 is no limit."),
      bodyMs: milliseconds.default(0).describe("Longest silence within an answer; 0 is none, so event streams live."),
    })
    .prefault({}),
  healthPath: z
    .string()
    .regex(/^(\/[\x21-\x7e]*)?$/, "a path that begins with /")
    .default("")
    .describe('Path asked on every instance at an interval; "" leaves it to what requests find out.'),
  healthIntervalMs: z.number().int().min(50).max(3_600_000).default(2000).describe("Time between two such checks."),
});
export type RouterSettings = z.infer<typeof routerSettingsSchema>;
/** Settings as a caller writes them: only `service` has no default. */
export type RouterSettingsInput = z.input<typeof routerSettingsSchema>;
/** A change of settings: what is left out stays. */
export type RouterSettingsPatch = Partial<RouterSettingsInput>;

export const routeStateSchema = z.strictObject({
  version: z.literal(1),
  revision: z.number().int().min(1).describe("Counts the writes of the weights."),
  slotsRevision: z.number().int().min(0).describe("Counts the writes of the slots' instances."),
  weights: weightsSchema.refine((weights) => weights.blue + weights.green === 100, "weights must add up to 100"),
  slots: z.strictObject({ blue: slotUpstreamsSchema, green: slotUpstreamsSchema }),
  settings: routerSettingsSchema,
  transaction: z
    .strictObject({
      id: z.string().min(1),
      expiresAt: z.number().describe("Milliseconds since the epoch."),
      fallback: weightsSchema.describe("Weights that come back by themselves when nobody confirms in time."),
    })
    .nullable(),
  changedAt: z.iso.datetime().describe("Last write of the weights."),
  reason: z.string().describe("Why the weights were last written, as the writer said."),
  lastFallback: z
    .strictObject({
      transaction: z.string(),
      at: z.iso.datetime(),
      from: weightsSchema,
      to: weightsSchema,
      cause: z.enum(["expired", "aborted"]),
    })
    .nullable(),
});
export type RouteState = z.infer<typeof routeStateSchema>;
/** What the control API shows of the route. */
export type RouteView = RouteState;

/** What a router that was never started before begins with. */
export interface InitialRoute {
  weights: RouteState["weights"];
  slots: RouteState["slots"];
}

export function firstState(settings: RouterSettingsInput, initial: InitialRoute, now: Date): RouteState {
  return routeStateSchema.parse({
    version: 1,
    revision: 1,
    slotsRevision: 0,
    weights: initial.weights,
    slots: initial.slots,
    settings,
    transaction: null,
    changedAt: now.toISOString(),
    reason: "first route",
    lastFallback: null,
  } satisfies z.input<typeof routeStateSchema>);
}

/** `blue 2 instances, green none` */
export function describeSlots(slots: RouteState["slots"]): string {
  return SLOTS.map((slot) => `${slot} ${slots[slot].instances.length || "no"} instance(s)`).join(", ");
}
