import type { ApplicationDrainConfig, HookConfig } from "./schema";

/** How often the way back asks the old application to accept work again. */
const RESUME_RETRIES = 3;

/**
 * The hooks that `applicationDrain` stands for: a POST for each path on the old slot right before the traffic moves, a look
 * at the saved state, and a POST that lets the application accept work again on the way back.
 */
export function applicationDrain(drain: ApplicationDrainConfig): HookConfig[] {
  const { paths, verify, resume, headers, secrets, deadline, retries, onFailure } = drain;
  const common = { deadline, retries, secrets };
  const before = { stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", onFailure, ...common } as const;
  const post = (url: string): HookConfig["http"] => ({ url, method: "POST", headers, json: [] });
  const asked = paths.map((path, i): HookConfig => ({
    name: `application drain ${i + 1} of ${paths.length}: POST ${path}`,
    ...before,
    http: post(`{{from}}${path}`),
  }));
  const looked = verify === undefined ? [] : [look(verify)];
  const back: HookConfig = {
    name: `application drain taken back: POST ${resume}`,
    stage: "REVERT",
    ...common,
    retries: Math.max(retries, RESUME_RETRIES),
    http: post(`{{back}}${resume}`),
  };
  return [...asked, ...looked, back];

  function look({ path, pointer, equals, retries: looks }: NonNullable<ApplicationDrainConfig["verify"]>): HookConfig {
    return {
      name: `application drain verified: GET ${path}`,
      ...before,
      retries: looks,
      http: { url: `{{from}}${path}`, method: "GET", headers, json: [{ pointer, equals }] },
    };
  }
}
