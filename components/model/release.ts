import { createHash } from "node:crypto";

/** What a slot runs. Two releases are the same when their `id` is: version, artefact and configuration all count. */
export interface Release {
  /** The name people use, such as `1.4.2`. */
  version: string;
  /** The immutable artefact: an image digest, or the content hash of a directory, `sha256:…`. */
  artefact: string;
  /** Hash over everything else that changes what runs: command, environment, secrets, replicas excluded. */
  configHash: string;
  /** `<version>-<12 hex>`: what is shown, stamped on answers and compared. */
  id: string;
}

/** A stable hash of any JSON value: keys are sorted, so two writings of the same thing agree. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as Record<string, unknown>)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
  }
  return value === undefined ? "null" : JSON.stringify(value);
}

/** A release from its parts. */
export function releaseOf(version: string, artefact: string, config: unknown): Release {
  const configHash = hashOf(config);
  const id = `${version}-${hashOf([version, artefact, configHash]).slice(0, 12)}`;
  return { version, artefact, configHash, id };
}

/** The version inside a release id. */
export function versionOf(id: string): string {
  return id.replace(/-[0-9a-f]{12}$/, "");
}
