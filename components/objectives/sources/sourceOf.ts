import type { SourceSettings } from "../../model/objective";
import type { Source } from "../source";
import { commandSource } from "./command";
import { httpSource } from "./http";
import { logsSource } from "./logs";
import { prometheusSource } from "./prometheus";
import { resourceSource } from "./resource";
import { routeSource } from "./route";

/** The provider of evidence that an objective's settings ask for: one for each slot that is sampled. */
export function sourceOf(settings: SourceSettings): Source {
  switch (settings.kind) {
    case "prometheus":
      return prometheusSource(settings);
    case "http":
      return httpSource(settings);
    case "command":
      return commandSource(settings);
    case "route":
      return routeSource(settings);
    case "logs":
      return logsSource(settings);
    case "resource":
      return resourceSource(settings);
  }
}
