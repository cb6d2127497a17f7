import { z } from "zod";
import { duration, parseDuration } from "../config/duration";
import { text } from "../config/text";
import { EVENTS, type EventName } from "./event";

export const FORMATS = ["generic", "slack", "teams"] as const;
export type Format = (typeof FORMATS)[number];

const targetSchema = z
  .strictObject({
    name: text(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/,
      "1 to 40 letters, digits and . _ -, starting with a letter or digit",
    ).describe("Shown in messages; no two targets have the same."),
    url: text(/^https?:\/\/\S+$/, "an http or https address")
      .optional()
      .describe("Where to send it, for an address that is no secret."),
    urlSecret: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Or the name of a secret of the config that holds the address: whoever knows a webhook's address can post to it.",
      ),
    format: z.enum(FORMATS).default("generic").describe("`generic`: JSON of a stable form; `slack`; `teams`."),
    on: z
      .array(z.enum(EVENTS))
      .min(1)
      .default([...EVENTS])
      .describe("The events it is told of. Default: all."),
    timeout: duration({ min: "100ms", max: "1m" }).default("5s").describe("Longest wait for one answer."),
    retries: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(3)
      .describe("Further attempts in a row, 1 s, 2 s, 4 s and so on apart."),
  })
  .superRefine(({ url, urlSecret }, report) => {
    if ((url === undefined) === (urlSecret === undefined)) {
      const given = url === undefined ? "none" : "both";
      report.addIssue({ code: "custom", path: [], message: `exactly one of url and urlSecret; ${given} given` });
    }
  })
  .describe("A webhook that is told what happens.");

/** The config key `notifications`. */
export const notifySchema = z
  .array(targetSchema)
  .default([])
  .superRefine((targets, report) => {
    targets.forEach((target, i) => {
      if (targets.findIndex((other) => other.name === target.name) < i)
        report.addIssue({ code: "custom", path: [i, "name"], message: "another name: an earlier target has this one" });
    });
  })
  .describe("Webhooks that are told of each transition of a cutover. None of them can hold it up.");

export type TargetConfig = z.output<typeof targetSchema>;

/** A target as the resources carry it: with the secret's name and not its value. */
export interface Target {
  name: string;
  url?: string;
  urlSecret?: string;
  format: Format;
  on: EventName[];
  timeoutMs: number;
  retries: number;
}

export function targetsFrom(targets: readonly TargetConfig[]): Target[] {
  return targets.map(({ name, url, urlSecret, format, on, timeout, retries }) => ({
    name,
    ...(url === undefined ? {} : { url }),
    ...(urlSecret === undefined ? {} : { urlSecret }),
    format,
    on,
    timeoutMs: parseDuration(timeout) ?? 5000,
    retries,
  }));
}
