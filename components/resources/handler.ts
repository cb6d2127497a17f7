import type * as pulumi from "@pulumi/pulumi";
import { hashOf } from "../model/release";

/** What the engine hands over in place of a value that is not known in a preview yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface CheckFailure {
  /** One of the inputs: the engine shows its value beside the reason. */
  property: string;
  reason: string;
}

/** What a kind of resource does. Inputs arrive checked; outputs are kept small: the state holds no copy of the inputs. */
export interface Handler<I extends object, O extends object = Record<string, unknown>> {
  /** Adds findings to the inputs, or refuses. Runs in previews too: it must not change anything. */
  check?(news: I, olds: I | undefined): Promise<{ inputs: I; failures?: CheckFailure[] }>;
  /** Inputs that say nothing about whether there is work to do. */
  ignore?: readonly (keyof I)[];
  /** Inputs that may be unknown in a preview, and that `check` does not look at. */
  late?: readonly (keyof I)[];
  /** There is work to do although the inputs are as they were. */
  due?(news: I, olds: O): boolean;
  create(news: I): Promise<{ id: string; outs: O }>;
  update(news: I, olds: O, id: string): Promise<O>;
  delete(olds: O, id: string): Promise<void>;
  read?(olds: O, id: string): Promise<O | undefined>;
}

interface Kept {
  fingerprint?: string;
}

/** A handler as the engine's dynamic provider calls it. */
export function asProvider<I extends object, O extends object>(
  handler: Handler<I, O>,
): pulumi.dynamic.ResourceProvider {
  const fingerprint = (inputs: I) => {
    const ignored = new Set<PropertyKey>([...(handler.ignore ?? []), "__provider", "fingerprint"]);
    return hashOf(Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignored.has(key))));
  };
  return {
    async check(olds: I, news: I) {
      const late = new Set<PropertyKey>(handler.late ?? []);
      const read = Object.entries(news).filter(([key]) => !late.has(key));
      if (handler.check === undefined || read.some(([, value]) => containsUnknown(value))) return { inputs: news };
      const known = Object.keys(olds).length === 0 ? undefined : olds;
      const { inputs, failures } = await handler.check(news, known);
      return failures === undefined ? { inputs } : { inputs, failures };
    },
    diff(_id: string, olds: O & Kept, news: I) {
      const changes = olds.fingerprint !== fingerprint(news) || (handler.due?.(news, olds) ?? false);
      return Promise.resolve({ changes });
    },
    async create(news: I) {
      const { id, outs } = await handler.create(news);
      return { id, outs: { ...outs, fingerprint: fingerprint(news) } };
    },
    async update(id: string, olds: O & Kept, news: I) {
      return { outs: { ...(await handler.update(news, olds, id)), fingerprint: fingerprint(news) } };
    },
    async delete(id: string, olds: O) {
      await handler.delete(olds, id);
    },
    async read(id: string, olds: O & Kept) {
      if (handler.read === undefined) return { id, props: olds };
      const found = await handler.read(olds, id);
      return found === undefined ? { id: "" } : { id, props: { ...olds, ...found } };
    },
  };
}

function containsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(containsUnknown);
}

/**
 * An error after which the state must still tell the truth: the engine keeps `properties` as the resource's outputs, says
 * `reasons` to the person, and tries again at the next update.
 */
export function partialFailure(error: Error, id: string, properties: object): Error {
  return Object.assign(new Error(error.message), { id, properties, reasons: [error.message] });
}
