import type { SourceSettings } from "../../model/objective";
import { fill } from "../../model/template";
import { fillingOf, type Source } from "../source";
import { addressOf, ask, mustBeJson } from "./ask";
import { numberAt } from "./numberAt";

type Settings = Extract<SourceSettings, { kind: "http" }>;

/** One number of a JSON answer. */
export function httpSource(settings: Settings): Source {
  return {
    async sample(context) {
      const filling = fillingOf(context);
      const url = fill(settings.url, filling, encodeURIComponent);
      const headers = Object.entries(settings.headers).map(([name, value]) => [name, fill(value, filling)]);
      const where = `${settings.method} ${addressOf(url)}`;
      const reply = await ask(
        { ...settings, url, headers: Object.fromEntries(headers) as Record<string, string> },
        context,
      );
      mustBeJson(reply, where);
      return numberAt(reply.mask(reply.text), settings.pointer, where);
    },
  };
}
