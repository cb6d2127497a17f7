import { z } from "zod";
import { duration } from "../../config/duration";
import { text } from "../../config/text";

const port = z.number().int().min(1).max(65535);

/** The part of the configuration that only the local platform reads. */
export const localSchema = z
  .strictObject({
    host: z.string().min(1).default("127.0.0.1").describe("The address everything listens on."),
    port: port.default(5004).describe("The public port. PUBLIC_PORT overrides it."),
    bluePort: port
      .default(5005)
      .describe("Blue's first instance; further ones get free ports. BLUE_PORT overrides it."),
    greenPort: port.default(5006).describe("Green's first instance. GREEN_PORT overrides it."),
    previewPort: port.default(5007).describe("Always reaches the idle slot. PREVIEW_PORT overrides it."),
    previewHeader: text(/^[a-z0-9-]*$/, "a header's name in lower case, or empty")
      .default("x-bluegreen-preview")
      .describe(
        "A request with this header reaches, on the public port, the slot it names, or with any other value the idle one. Empty: off.",
      ),
    stickyCookie: text(/^[A-Za-z0-9_-]*$/, "a cookie's name: letters, digits, _ and -, or empty")
      .default("")
      .describe("A cookie with this name keeps a user on one slot in a canary; empty: none."),
    stickyFor: duration({ min: "1s" }).default("1h").describe("How long that cookie counts."),
    stopTimeout: duration({ min: "100ms" })
      .default("10s")
      .describe("From SIGTERM to SIGKILL when an instance is stopped."),
    exclude: z.array(z.string().min(1)).default([]).describe("Paths left out of a release's snapshot."),
    accessLog: z.boolean().default(true).describe("Whether the router writes an access log."),
    logSize: z.number().int().min(1).max(1024).default(10).describe("Size at which a log is rotated, MiB."),
    logFiles: z.number().int().min(1).max(100).default(5).describe("Rotated logs kept."),
    directory: z
      .string()
      .default("")
      .describe("Where logs, records and sockets live; default `.bluegreen/<stack>/<service>` in the project."),
  })
  .describe("The local platform: processes on this machine behind a router.");

export type LocalConfig = z.output<typeof localSchema>;
