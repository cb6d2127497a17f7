import { z } from "zod";

/**
 * A zod type for text of one form. `allowed` says it for people: in error messages, and in editors, which read it as
 * `patternErrorMessage` from the JSON schema.
 */
export function text(pattern: RegExp, allowed: string) {
  return z.string().regex(pattern, allowed).meta({ patternErrorMessage: allowed });
}
