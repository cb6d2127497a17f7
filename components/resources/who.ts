import { hostname, userInfo } from "node:os";

/** Who runs this update: what CI says, or the user and the machine. */
export function who(environment: NodeJS.ProcessEnv = process.env): string {
  const actor = environment["GITHUB_ACTOR"] ?? environment["GITLAB_USER_LOGIN"] ?? environment["BUILD_REQUESTEDFOR"];
  if (actor !== undefined && actor !== "") return `${actor} (CI)`;
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container's user may have no name.
    return `uid ${String(process.getuid?.() ?? "unknown")}@${hostname()}`;
  }
}
