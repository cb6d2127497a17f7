import { join } from "node:path";
import { all } from "../../components/model/words";
import type { RouterClient } from "../../components/platforms/local/router/client";
import { routerClient, startRouter, stopRouter } from "../../components/platforms/local/router/start";
import type { Scope } from "../scope";
import { haproxyBefore, type Haproxy } from "./haproxy";

/** The router and its peer before the same applications. */
export interface Proxies {
  router: { url: string; client: RouterClient };
  haproxy: Haproxy | undefined;
}

/** @param program HAProxy's path; undefined where it is not installed */
export async function startProxies(scope: Scope, upstreams: readonly number[], program?: string): Promise<Proxies> {
  const dir = join(scope.folder(), "router");
  const instances = upstreams.map((port) => ({ host: "127.0.0.1", port }));
  const slots = { blue: { release: "bench", instances }, green: { release: "", instances: [] } };
  const { ports } = await scope.own(
    () => startRouter(dir, { service: "bench", port: 0, accessLog: false }, { weights: all("blue"), slots }),
    () => stopRouter(dir, 0),
  );
  return {
    router: { url: `http://127.0.0.1:${ports.public ?? 0}/`, client: routerClient(dir) },
    haproxy: program === undefined ? undefined : await haproxyBefore(scope, program, upstreams),
  };
}
