import { z } from "zod";
import { SLOTS } from "../model/words";
import { duration } from "./duration";
import { text } from "./text";
import { approvalSchema } from "../approval/schema";
import { applicationDrainSchema, hooksSchema } from "../hooks/schema";
import { notifySchema } from "../notify/schema";
import { objectiveSchema } from "../objectives/schema";
import { localSchema } from "../platforms/local/schema";

/** The whole configuration of one service. One strict schema for all platforms, with a part for each platform. */

const name = text(
  /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "1 to 32 lower-case letters, digits and dashes, starting with a letter",
);
const variable = text(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  "a variable's name: letters, digits and _, not starting with a digit",
);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
// YAML reads `DEBUG: true` and `LIMIT: 8` as what they look like; a process gets text.
const environment = z.record(variable, scalar.transform(String));
const path = text(/^\/\S*$/, "a path starting with /, without spaces");
const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header's name");
const pointer = text(/^(\/.*)?$/, "a JSON pointer such as /status");
const percent = z.number().min(0).max(100);

export const slotSchema = z
  .strictObject({
    version: z.string().min(1).describe("The release's name, such as 1.4.2. The policies refuse `latest`."),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Local, required: the program and its arguments, no shell in between. It must listen on `PORT`."),
    directory: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Local, required: the folder the program lives in. A snapshot of it is what runs, so later edits change nothing.",
      ),
    digest: text(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hex digits")
      .optional()
      .describe(
        "Pins the artefact. Local: the content hash of `directory`; a snapshot taken earlier is used as it was.",
      ),
    replicas: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe("How many instances the slot runs. A slot must not take over with fewer than the other one has."),
    environment: environment.prefault({}).describe("Variables of this slot, over those of the service."),
    secrets: environment
      .prefault({})
      .describe(
        "Secret variables of this slot, kept encrypted: `pulumi config set --secret --path blue.secrets.TOKEN`.",
      ),
  })
  .describe("One slot: the release it runs.");

const jsonCheck = z
  .strictObject({
    pointer: pointer.describe("Where to look: a JSON pointer (RFC 6901)."),
    equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional().describe("The value must be this."),
    matches: z.string().optional().describe("The value, as text, must match this regular expression."),
  })
  .describe("An assertion on the JSON body. With neither `equals` nor `matches`, the value must be there.");

export const smokeSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe("Shown in reports; default: method and path."),
    method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET").describe("HTTP method."),
    path: path.describe("Path and query."),
    headers: z
      .record(headerName, text(/^[^\r\n]*$/, "text in one line"))
      .default({})
      .describe("Request headers."),
    body: z.unknown().optional().describe("Request body: text as it is, anything else as JSON."),
    status: z.number().int().min(100).max(599).default(200).describe("The status it must answer with."),
    json: z.array(jsonCheck).default([]).describe("Assertions on the JSON body."),
    contains: z.string().optional().describe("The body must contain this text."),
    maxLatency: duration({ min: "1ms" }).optional().describe("The answer must be complete within this."),
  })
  .describe("A request that must succeed on every instance of the slot.");

export const gateSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Whether evidence is asked for at all. The policies refuse a switch without it."),
    path: path.default("/health").describe("Asked on every instance; an answer with a 2xx status means ready."),
    successes: z.number().int().min(1).max(100).default(2).describe("Answers in a row that make an instance ready."),
    interval: duration({ min: "50ms" }).default("1s").describe("Time between attempts."),
    timeout: duration({ min: "100ms" }).default("5s").describe("Longest wait for one answer."),
    deadline: duration({ min: "1s" }).default("60s").describe("Longest time the whole gate may take."),
    retries: z.number().int().min(0).max(20).default(2).describe("Further tries of a failed smoke request."),
    preflight: z
      .boolean()
      .default(true)
      .describe(
        "Whether a preview of a switch asks the slot what would stop it now. It reads only, and fails no preview.",
      ),
    ttl: duration({ min: "1s", max: "365d" })
      .default("10m")
      .describe("How long evidence counts after it was given. Older evidence is asked for again."),
    smoke: z.array(smokeSchema).default([]).describe("Requests that must succeed on the slot before it serves."),
    identity: z
      .strictObject({
        path: path.default("/").describe("Asked on every instance."),
        header: headerName.optional().describe("The answer's header that holds the version."),
        pointer: pointer.optional().describe("Or the place in a JSON answer that holds the version."),
      })
      .optional()
      .describe("How the application itself proves its version, beside the platform's own proof."),
    logErrors: z
      .strictObject({
        pattern: z.string().default("\\b(ERROR|FATAL|CRITICAL|panic)\\b").describe("A line that matches is an error."),
        limit: z.number().int().min(0).default(0).describe("How many such lines are tolerated."),
        window: duration({ min: "1s" })
          .default("1m")
          .describe("How far back to look; never before the release started."),
      })
      .optional()
      .describe("Scans the slot's logs for errors. Off unless given; `{}` is on with these defaults."),
    maxMemoryMiB: z
      .number()
      .positive()
      .optional()
      .describe("The most memory an instance may use, MiB. Not checked unless given."),
    maxCpuPercent: z
      .number()
      .positive()
      .optional()
      .describe("The most CPU an instance may use, percent of one core. Not checked unless given."),
    maxRestarts: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe("Restarts of an instance tolerated since its release started."),
  })
  .describe("The evidence a slot must give before it takes traffic.");

export const rolloutSchema = z
  .strictObject({
    steps: z
      .array(z.number().int().min(1).max(100))
      .min(1)
      .default([100])
      .describe(
        "Percent of the traffic for the new slot, step by step: rising, ending with 100. `[100]` is the plain switch.",
      ),
    interval: duration().default("10s").describe("How long each step but the last is watched before the next."),
    confirm: duration({ min: "2s", max: "5m" })
      .default("15s")
      .describe("A route not confirmed for this long (the engine died) falls back to the old slot by itself."),
    onDrift: z
      .enum(["refuse", "adopt"])
      .default("refuse")
      .describe("When the live route is not what the last record says: refuse, or take what is live as the start."),
  })
  .describe("How traffic moves.");

export const verifySchema = z
  .strictObject({
    path: path.default("/health").describe("Asked on the public address."),
    consecutive: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe("Answers in a row that must come from the new slot, with none from the old one between them."),
    timeout: duration({ min: "1s" }).default("30s").describe("Longest time until that run must have been seen."),
  })
  .describe("Proof from the data plane that the switch happened.");

export const bakeSchema = z
  .strictObject({
    duration: duration()
      .default("30s")
      .describe("How long the new slot is watched after the shift. `0s` is no bake; the policies ask for more."),
    interval: duration({ min: "200ms" }).default("5s").describe("Time between measurements."),
    failureLimit: z
      .number()
      .int()
      .min(0)
      .default(2)
      .describe("Breaches of each objective that are tolerated; one more takes the switch back."),
    maxErrorPercent: percent
      .default(1)
      .describe("Percent of requests that may fail: answered with a 5xx status, or not at all."),
    maxP95: duration({ min: "1ms" }).default("500ms").describe("The 95th percentile of latency must stay below."),
    maxRestarts: z.number().int().min(0).default(0).describe("Restarts of instances tolerated in the bake."),
    minRequests: z.number().int().min(0).default(1).describe("Fewer requests than this in an interval is no evidence."),
    noTraffic: z
      .enum(["hold", "pass", "fail"])
      .default("hold")
      .describe(
        "What a bake without traffic is: `hold` waits for some up to `holdLimit`, then takes back; `pass`; `fail`.",
      ),
    holdLimit: duration().default("5m").describe("How long `hold` waits for traffic before the switch is taken back."),
  })
  .describe("Watching the new slot under real traffic.");

export const drainSchema = z
  .strictObject({
    timeout: duration()
      .default("30s")
      .describe("Longest wait for work in flight on the old slot; then it is cut and counted."),
  })
  .describe("Letting the old slot's work end.");

export const rollbackSchema = z
  .strictObject({
    window: duration({ max: "365d" })
      .default("1h")
      .describe(
        "How long after a switch the way back to the standby is fast: readiness only, no smoke requests, steps or bake.",
      ),
    pastContract: z
      .boolean()
      .default(false)
      .describe("Allows going back past a contract step of a migration, which the older release may not work with."),
  })
  .describe("The way back.");

export const historySchema = z
  .strictObject({
    keep: z.number().int().min(1).max(1000).default(50).describe("Records kept."),
  })
  .describe("The deployment history.");

export const configSchema = z.strictObject({
  service: name.describe(
    "The service's name, required. It names processes, files and metrics; changing it makes a new service.",
  ),
  platform: z.enum(["local"]).default("local").describe("Where the slots run."),
  activeSlot: z.enum(SLOTS).describe("The slot that serves, required. Changing it is the switch."),
  blue: slotSchema.optional().describe("The release in the blue slot. Without it the slot is empty."),
  green: slotSchema.optional().describe("The release in the green slot. Without it the slot is empty."),
  environment: environment.prefault({}).describe("Variables of both slots."),
  secrets: environment
    .prefault({})
    .describe("Secret variables of both slots, kept encrypted: `pulumi config set --secret --path secrets.TOKEN`."),
  gate: gateSchema.prefault({}),
  rollout: rolloutSchema.prefault({}),
  verify: verifySchema.prefault({}),
  bake: bakeSchema.prefault({}),
  objectives: z
    .array(objectiveSchema)
    .default([])
    .describe("Objectives of your own, beside those of `bake`: watched in the gate, the steps and the bake."),
  approval: approvalSchema.prefault({}),
  hooks: hooksSchema,
  applicationDrain: applicationDrainSchema.optional(),
  notifications: notifySchema,
  drain: drainSchema.prefault({}),
  rollback: rollbackSchema.prefault({}),
  history: historySchema.prefault({}),
  local: localSchema.prefault({}),
});

/** The configuration as checked, with every default filled in. */
export type Config = z.output<typeof configSchema>;
/** The configuration as a person writes it. */
export type ConfigInput = z.input<typeof configSchema>;
export type SlotConfig = z.output<typeof slotSchema>;
export type GateConfig = z.output<typeof gateSchema>;
export type SmokeConfig = z.output<typeof smokeSchema>;
