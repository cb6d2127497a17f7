import { z } from "zod";
import { duration } from "../config/duration";
import { text } from "../config/text";
import { CONDITION_PATTERN } from "../model/condition";
import { PHASES } from "../model/objective";
import { PRESETS } from "./presets";
import { shapeProblems } from "./shape";

/** What a user may watch beside the objectives that are built in. */

const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header's name");
const headers = z.record(headerName, text(/^[^\r\n]*$/, "text in one line"));
const pointer = text(/^(\/.*)?$/, "a JSON pointer such as /data/value");
const secretName = text(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of a secret in `secrets`, not its value");
const url = text(
  /^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/,
  "a URL starting with http:// or https://, without a user or password in it (those belong in auth)",
);
const condition = text(CONDITION_PATTERN, 'a condition such as "< 1", "<= 500", ">= 10", "== 0" or "!= 0"');
const limit = z.number().int().min(0).max(10_000);

const auth = z
  .strictObject({
    bearer: secretName.optional().describe("The name of the secret that holds the bearer token."),
    username: z.string().min(1).optional().describe("The user's name for basic authentication, as it is."),
    password: secretName.optional().describe("The name of the secret that holds the user's password."),
  })
  .describe("Who asks: `bearer`, or `username` and `password`.");

const trust = {
  ca: z.string().min(1).optional().describe("A file of CA certificates (PEM) to trust in place of the system's."),
  insecure: z.boolean().default(false).describe("Accepts any certificate. Not for production."),
};

export const prometheusSchema = z
  .strictObject({
    url: url.describe("The server, such as http://127.0.0.1:9090; a path before /api/v1 belongs to it."),
    query: z
      .string()
      .min(1)
      .describe(
        "PromQL that gives one value. `{{slot}}`, `{{release}}`, `{{version}}`, `{{service}}` and `{{interval}}` are filled in.",
      ),
    auth: auth.optional(),
    ...trust,
  })
  .describe("A query to a Prometheus server.");

export const httpSchema = z
  .strictObject({
    url: text(
      /^https?:\/\/[^\s/?#@]+([/?#].*)?$/,
      "a URL starting with http:// or https://, without a user or password in it (those belong in auth)",
    ).describe("What is asked. `{{slot}}` and the like are filled in, in the form that a URL needs."),
    method: z.enum(["GET", "POST"]).default("GET").describe("HTTP method."),
    headers: headers
      .default({})
      .describe("Request headers, with `{{slot}}` and the like filled in. Secrets go in auth."),
    pointer: pointer.describe("Where the number is in the JSON answer: a JSON pointer (RFC 6901). null is no data."),
    auth: auth.optional(),
    ...trust,
  })
  .describe("A number in a JSON answer.");

export const commandSchema = z
  .strictObject({
    run: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        "The program and its arguments, no shell in between, with `{{slot}}` and the like filled in. It also gets " +
          "BLUEGREEN_SLOT, _RELEASE, _VERSION, _SERVICE and _INTERVAL_MS. It is killed with its children at the timeout.",
      ),
    pointer: pointer
      .optional()
      .describe("Where the number is in JSON on its standard output. Without it the value is the exit code: 0 passes."),
    directory: z.string().min(1).optional().describe("Where it runs. Default: the project's folder."),
  })
  .describe("A program that measures.");

export const compareSchema = z
  .strictObject({
    test: z.enum(["mannWhitney"]).default("mannWhitney").describe("The statistical test."),
    direction: z.enum(["increase", "decrease", "either"]).default("increase").describe("The change that is bad."),
    effectSize: z
      .number()
      .min(0)
      .default(0.25)
      .describe("The least change that matters, relative to the active slot's mean: 0.25 is 25 %."),
    confidence: z
      .number()
      .min(0.5)
      .max(0.999)
      .default(0.95)
      .describe("How sure it must be that there is a change at all."),
    minSamples: z
      .number()
      .int()
      .min(5)
      .max(10_000)
      .default(10)
      .describe("Values of each slot needed for a judgement; fewer are inconclusive."),
  })
  .describe("Comparison with the active slot over the same time, in the steps, where both slots serve.");

export const objectiveSchema = z
  .strictObject({
    name: text(/^[A-Za-z][A-Za-z0-9 ._-]{0,62}$/, "1 to 63 letters, digits, spaces, dots, dashes and _, a letter first")
      .optional()
      .describe("Shown in reports, required but for a preset, which has its own."),
    preset: z
      .strictObject({
        name: z.enum(Object.keys(PRESETS) as [keyof typeof PRESETS]).describe("Which one."),
        limit: z.number().min(0).optional().describe("In place of the preset's own limit. Required for messages."),
      })
      .optional()
      .describe(
        "A ready-made objective: `errors` (at most 1 % failed), `latency` (p95 at most 500 ms), `restarts` (none), `cpu` (at " +
          "most 70 % of a core, warns), `memory` (at most 75 % of gate.maxMemoryMiB, or of the machine's memory, warns), " +
          "`messages` (at least `limit` a second). Other keys go over its own; a source given beside it takes its source's place.",
      ),
    prometheus: prometheusSchema.optional(),
    http: httpSchema.optional(),
    command: commandSchema.optional(),
    route: z
      .enum(["errorPercent", "p50", "p95", "p99", "requestsPerSecond", "requests"])
      .optional()
      .describe("The route's own counters for the slot in the interval: percent, milliseconds, or a number."),
    minRequests: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe("With route: fewer requests than this in an interval are no data for percent and latency."),
    logs: z
      .strictObject({ pattern: z.string().min(1).describe("A regular expression.") })
      .optional()
      .describe("The number of the slot's log lines in the interval that match."),
    resource: z
      .enum(["cpuPercent", "memoryMiB", "memoryPercent", "restarts"])
      .optional()
      .describe(
        "The worst instance's figure: CPU in percent of one core, memory in MiB or in percent of gate.maxMemoryMiB (of the " +
          "machine's memory without it), restarts since the watch began.",
      ),
    pass: condition
      .optional()
      .describe("Values that are good. Without `fail`, all others fail. Default for a command's exit code: == 0."),
    fail: condition
      .optional()
      .describe("Values that are bad. Without `pass`, all others pass; with it, what meets neither is inconclusive."),
    compare: compareSchema.optional(),
    interval: duration({ min: "100ms" }).default("5s").describe("Time between measurements."),
    initialDelay: duration().default("0s").describe("How long to wait before the first interval begins."),
    timeout: duration({ min: "100ms" }).default("5s").describe("Longest time of one measurement."),
    count: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("Measurements after which it is decided. Default: as many as fit into the time watched."),
    failureLimit: limit.default(0).describe("Failed measurements that are tolerated; one more is a breach."),
    inconclusiveLimit: limit.default(0).describe("Inconclusive measurements that are tolerated."),
    consecutiveErrorLimit: limit.default(4).describe("Errors and timeouts in a row that are tolerated."),
    onBreach: z
      .enum(["rollback", "warn"])
      .optional()
      .describe("What a breach does. Default: rollback; warn for the presets cpu and memory."),
    dryRun: z.boolean().default(false).describe("Measures and tells, but never decides anything."),
    noData: z
      .enum(["hold", "pass", "fail"])
      .default("hold")
      .describe(
        "What a measurement without data is: `hold` waits for some, and is no pass in the end; `pass`; `fail`.",
      ),
    when: z
      .array(z.enum(PHASES))
      .min(1)
      .optional()
      .describe(
        "In which phases it is watched. Default: steps and bake; steps alone for a comparison without conditions.",
      ),
  })
  .superRefine((objective, context) => {
    for (const { path, message } of shapeProblems(objective)) context.addIssue({ code: "custom", path, message });
  })
  .describe("An objective of your own: where a value comes from, and what it must be.");

/** An objective as checked, with every default filled in. */
export type ObjectiveConfig = z.output<typeof objectiveSchema>;
/** An objective as a person writes it. */
export type ObjectiveInput = z.input<typeof objectiveSchema>;
