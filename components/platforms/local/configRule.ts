import type { Rule } from "../../config/rules";
import { SLOTS } from "../../model/words";

/** Environment variables that go before the configuration, so that two people can try the same stack on one machine. */
export const LOCAL_PORT_VARIABLES = {
  PUBLIC_PORT: ["local", "port"],
  BLUE_PORT: ["local", "bluePort"],
  GREEN_PORT: ["local", "greenPort"],
  PREVIEW_PORT: ["local", "previewPort"],
} as const;

/** What the local platform needs: a program for each slot, the folder it lives in, and a port of its own for each listener. */
export const localRule: Rule = (config, look) => {
  for (const slot of SLOTS) {
    const wanted = look.sound(slot) ? config[slot] : undefined;
    if (wanted === undefined) continue;
    if (look.sound(slot, "command") && wanted.command === undefined) {
      look.report(
        [slot, "command"],
        "the program and its arguments, such as [node, server.js]; the local platform starts it",
      );
    }
    if (look.sound(slot, "directory") && wanted.directory === undefined) {
      look.report([slot, "directory"], "the folder the program lives in; the local platform takes a snapshot of it");
    }
  }
  const taken = new Map<number, string>();
  for (const path of Object.values(LOCAL_PORT_VARIABLES)) {
    if (!look.sound(...path)) continue;
    const [, key] = path;
    const port = config.local[key];
    const name = look.variableOf(path) ?? path.join(".");
    const holder = taken.get(port);
    if (holder === undefined) taken.set(port, name);
    else look.report(path, `another port: ${holder} is ${port} already`);
  }
};
