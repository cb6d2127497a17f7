import { secretNamesOf } from "../hooks/hook";
import type { Objective } from "../model/objective";
import type { Settings } from "../resources/inputs";

/** The secrets that the settings name: all that Gate and Cutover are given of them. */
export function usedSecrets({ hooks = [], objectives = [], notifications = [] }: Settings): string[] {
  const webhooks = notifications.flatMap(({ urlSecret }) => urlSecret ?? []);
  return [...new Set([...secretNamesOf(hooks), ...objectives.flatMap(authOf), ...webhooks])].sort();
}

function authOf({ source }: Objective): string[] {
  const auth = "auth" in source ? source.auth : undefined;
  if (auth === undefined) return [];
  return "bearer" in auth ? [auth.bearer] : [auth.password];
}
