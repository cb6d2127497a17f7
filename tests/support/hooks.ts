import type { HookContext } from "../../components/hooks/context";
import type { Hook } from "../../components/hooks/hook";

/** A hook that runs a command, with changes. */
export function commandHook(run: string[], changes: Partial<Hook> = {}): Hook {
  return {
    name: "note",
    stage: "POST_SCALE_UP",
    command: { run, environment: {}, inherit: [] },
    deadlineMs: 30_000,
    retries: 0,
    secrets: {},
    ...changes,
  };
}

/** A hook that sends a request, with changes. */
export function httpHook(
  url: string,
  http: Partial<NonNullable<Hook["http"]>> = {},
  changes: Partial<Hook> = {},
): Hook {
  return {
    name: "call",
    stage: "POST_SCALE_UP",
    http: { url, method: "POST", headers: {}, json: [], ...http },
    deadlineMs: 30_000,
    retries: 0,
    secrets: {},
    ...changes,
  };
}

/** What a hook of a switch from blue to green is told. */
export function hookContext(changes: Partial<HookContext> = {}): HookContext {
  return {
    service: "shop",
    stack: "test",
    cutover: "20260301T120000000Z-abcdef",
    kind: "switch",
    stage: "POST_SCALE_UP",
    from: "blue",
    to: "green",
    fromRelease: "1.0.0-aaaaaaaaaaaa",
    toRelease: "1.1.0-bbbbbbbbbbbb",
    back: "blue",
    addresses: { blue: ["http://127.0.0.1:5005", "http://127.0.0.1:5015"], green: ["http://127.0.0.1:5006"] },
    ...changes,
  };
}
