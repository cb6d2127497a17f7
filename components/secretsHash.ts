import { scryptSync } from "node:crypto";
import { hashOf } from "./model/release";

/**
 * Stands for secret values in a release's configuration: a change of a secret is a new release. The hash goes into the
 * state in the open, so it is made by scrypt (N = 2^14, r = 8, p = 1, Node's defaults), which makes guessing dear.
 */
export function secretsHash(service: string, secrets: Record<string, string>): string {
  if (Object.keys(secrets).length === 0) return "";
  return scryptSync(hashOf(secrets), `pulumi-bluegreen/${service}`, 32).toString("hex");
}
