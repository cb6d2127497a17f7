import type { ConfigInput } from "../../components/config/schema";

export interface Ports {
  public: number;
  blue: number;
  green: number;
  preview: number;
}

/**
 * What a scratch stack is configured with: release 1.0.0 in blue, short times, ports of its own, and whatever a caller wants
 * otherwise, field by field.
 */
export function defaultConfig(
  service: string,
  ports: Ports,
  directory: string,
  overrides: Partial<ConfigInput>,
): Record<string, unknown> {
  const config: Record<string, unknown> = {
    service,
    activeSlot: "blue",
    blue: { version: "1.0.0", command: ["node", "server.js"], directory },
    gate: { interval: "100ms", deadline: "20s" },
    verify: { consecutive: 20 },
    bake: { duration: "2s", interval: "500ms", noTraffic: "pass" },
    drain: { timeout: "5s" },
    local: {
      port: ports.public,
      bluePort: ports.blue,
      greenPort: ports.green,
      previewPort: ports.preview,
      stopTimeout: "5s",
    },
  };
  for (const [key, value] of Object.entries(overrides)) {
    const before = config[key];
    config[key] = isTree(value) && isTree(before) ? { ...before, ...value } : value;
  }
  return config;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
