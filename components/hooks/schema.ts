import { z } from "zod";
import { duration } from "../config/duration";
import { text } from "../config/text";
import { STAGES } from "../model/words";
import { afterTrafficMoved, HOOK_STAGES, neverTakesBack } from "./stages";

const name = text(
  /^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,79}$/,
  "1 to 80 letters, digits, spaces and . _ : / -, starting with a letter or digit",
);
const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const oneLine = text(/^[^\r\n]*$/, "text in one line");
const path = text(/^\/\S*$/, "a path starting with /, without spaces");
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const variables = z.record(text(variable, "a variable's name"), scalar);
const headers = z.record(text(headerName, "a header's name"), oneLine).default({});
const secrets = z
  .record(z.string().min(1), z.string().min(1))
  .default({})
  .describe(
    "Secrets of the config to hand over: the environment variable (command) or header (http) to the secret's name. " +
      "The whole header's value is the secret, such as `Bearer …`.",
  );
const onFailure = z.enum(["stop", "revert", "warn"]);

const jsonCheck = z
  .strictObject({
    pointer: text(/^(\/.*)?$/, "a JSON pointer such as /status").describe("Where to look: a JSON pointer (RFC 6901)."),
    equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional().describe("The value must be this."),
    matches: z.string().optional().describe("The value, as text, must match this regular expression."),
  })
  .describe("An assertion on the JSON body. With neither `equals` nor `matches`, the value must be there.");

const commandSchema = z
  .strictObject({
    run: z.array(z.string().min(1)).min(1).describe("The program and its arguments, no shell in between."),
    directory: z.string().min(1).optional().describe("Where it runs, relative to the project; default: the project."),
    environment: variables
      .prefault({})
      .describe("Its variables, beside BLUEGREEN_STAGE and the others about the cutover."),
    inherit: z
      .array(text(variable, "a variable's name"))
      .default([])
      .describe(
        "Further variables of the deployer's environment that it is given. It is not given all: there are credentials in it.",
      ),
  })
  .describe("A program to run. It and everything that it started is ended when it ends, or at the deadline.");

const httpSchema = z
  .strictObject({
    url: text(
      /^(https?:\/\/\S+|\{\{(from|to|back)\}\}\/\S*)$/,
      "an http or https address, or {{from}}, {{to}} or {{back}} with a path",
    ).describe(
      "Where to send it. `{{from}}/path` and `{{to}}/path` go to every running instance of the old or new slot, past the " +
        "route; `{{back}}/path`, at REVERT, to the slot that the traffic goes back to.",
    ),
    method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("POST").describe("HTTP method."),
    headers: headers.describe("Request headers."),
    body: z
      .unknown()
      .optional()
      .describe("Request body: text as it is, anything else as JSON. Default: the cutover as JSON."),
    status: z.number().int().min(100).max(599).optional().describe("The status it must answer with; default: any 2xx."),
    json: z.array(jsonCheck).default([]).describe("Assertions on the JSON answer."),
  })
  .describe("A request to send. Redirects are not followed.");

/** One hook as a person writes it. */
export const hookSchema = z
  .strictObject({
    name: name.describe("Shown in records and messages. No two hooks have the same."),
    stage: z
      .enum(HOOK_STAGES)
      .describe(
        "The stage it belongs to. REVERT: whenever a cutover did not succeed; it can never hold up the way back.",
      ),
    command: commandSchema.optional(),
    http: httpSchema.optional(),
    deadline: duration({ min: "100ms", max: "1h" }).default("30s").describe("Longest time of one attempt."),
    retries: z.number().int().min(0).max(10).default(0).describe("Further attempts after one that failed."),
    onFailure: onFailure
      .optional()
      .describe(
        "What a failure does: `stop` the cutover, `revert` it, or `warn`. Default: stop, and revert once traffic has moved.",
      ),
    secrets,
    migration: z
      .strictObject({
        class: z
          .enum(["expand", "contract"])
          .describe(
            "`expand`: the old release still works afterwards. `contract`: it may not, so there is no way back past it.",
          ),
        id: z.string().min(1).max(100).describe("Names the step, such as `2024-06-drop-email`."),
      })
      .optional()
      .describe("Marks a step of a database migration."),
  })
  .superRefine((hook, report) => {
    const given = [hook.command, hook.http].filter((part) => part !== undefined).length;
    const wrong = (at: PropertyKey[], message: string) => report.addIssue({ code: "custom", path: at, message });
    if (given !== 1) wrong([], `exactly one of command and http; ${given === 0 ? "none" : "both"} given`);
    for (const key of Object.keys(hook.secrets)) {
      const form = hook.http === undefined ? variable : headerName;
      if (!form.test(key)) wrong(["secrets", key], hook.http === undefined ? "a variable's name" : "a header's name");
    }
    for (const key of Object.keys({ ...hook.secrets, ...hook.command?.environment })) {
      if (key.startsWith("BLUEGREEN_"))
        wrong(["command", "environment", key], "another name: BLUEGREEN_… is set for each hook");
    }
    if (hook.http !== undefined) {
      if (hook.http.body !== undefined && ["GET", "HEAD"].includes(hook.http.method))
        wrong(["http", "body"], `no body with ${hook.http.method}`);
      if (hook.http.json.length > 0 && hook.http.method === "HEAD")
        wrong(["http", "json"], "nothing: HEAD has no body");
      if (hook.http.url.startsWith("{{back}}") && hook.stage !== "REVERT")
        wrong(["http", "url"], "{{from}} or {{to}}: only at REVERT is there a slot to go back to");
      for (const [i, check] of hook.http.json.entries()) {
        if (check.matches !== undefined && !compiles(check.matches))
          wrong(["http", "json", i, "matches"], "a regular expression");
      }
    }
    if (hook.onFailure === "stop" && afterTrafficMoved(hook.stage))
      wrong(["onFailure"], `revert or warn at ${hook.stage}: the traffic has moved by then`);
    if (hook.onFailure !== undefined && hook.onFailure !== "warn" && neverTakesBack(hook.stage))
      wrong(["onFailure"], `warn at ${hook.stage}: nothing there may stop the cutover or its way back`);
    if (hook.migration?.class === "contract" && hook.stage !== "CLEAN_UP")
      wrong(["stage"], "CLEAN_UP for a contract step: before that the cutover may still go back to the old release");
    if (
      hook.migration?.class === "expand" &&
      STAGES.indexOf(hook.stage as "RECONCILE") >= STAGES.indexOf("PRODUCTION_TRAFFIC_SHIFT")
    )
      wrong(["stage"], "a stage before PRODUCTION_TRAFFIC_SHIFT for an expand step: the new release needs it");
    if (hook.migration !== undefined && hook.stage === "REVERT")
      wrong(["stage"], "another stage than REVERT for a migration");
  })
  .describe("Something to do at a stage of a cutover: run a command or send a request.");

/** The config key `hooks`. */
export const hooksSchema = z
  .array(hookSchema)
  .superRefine((hooks, report) => {
    hooks.forEach((hook, i) => {
      if (hooks.findIndex((other) => other.name === hook.name) < i)
        report.addIssue({ code: "custom", path: [i, "name"], message: "another name: an earlier hook has this one" });
    });
  })
  .prefault([])
  .describe("What is done at the stages of a cutover.");

/** The config key `applicationDrain`. */
export const applicationDrainSchema = z
  .strictObject({
    paths: z
      .array(path)
      .min(1)
      .describe(
        "Asked by POST on every instance of the old slot, in this order: such as stop accepting, finish, save state.",
      ),
    verify: z
      .strictObject({
        path: path.describe("Asked by GET on every instance of the old slot, after the paths."),
        pointer: text(/^(\/.*)?$/, "a JSON pointer such as /state").describe("Where to look in the JSON answer."),
        equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).describe("What must be there."),
        retries: z.number().int().min(0).max(10).default(5).describe("Further looks, 1 s, 2 s, 4 s and so on apart."),
      })
      .optional()
      .describe("Proof that the application saved its state."),
    resume: path.describe(
      "Asked by POST on every instance of the slot that the traffic goes back to: have it accept work again. It must do no harm twice.",
    ),
    headers: headers.describe("Headers of every request."),
    secrets,
    deadline: duration({ min: "100ms", max: "1h" })
      .default("30s")
      .describe("Longest time of one request to all instances."),
    retries: z.number().int().min(0).max(10).default(0).describe("Further attempts of a request that failed."),
    onFailure: z
      .enum(["stop", "warn"])
      .default("stop")
      .describe("What a failure does: `stop` before traffic moves, or `warn`."),
  })
  .describe(
    "Has the old slot's application end its work in order before the new one takes over, and resume it on the way back.",
  );

export type HookConfig = z.output<typeof hookSchema>;
export type HookConfigInput = z.input<typeof hookSchema>;
export type ApplicationDrainConfig = z.output<typeof applicationDrainSchema>;

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
