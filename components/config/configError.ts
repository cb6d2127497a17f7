/** A configuration that cannot be used. Thrown before anything was touched; its message names every problem at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
