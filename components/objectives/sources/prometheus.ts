import { z } from "zod";
import type { Sample, SourceSettings } from "../../model/objective";
import { fill } from "../../model/template";
import { fillingOf, type SampleContext, type Source } from "../source";
import { addressOf, ask, isJson, mustBeJson, type Reply } from "./ask";

type Settings = Extract<SourceSettings, { kind: "prometheus" }>;

const point = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
const answer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("error"), errorType: z.string().optional(), error: z.string().optional() }),
  z.object({
    status: z.literal("success"),
    warnings: z.array(z.string()).optional(),
    data: z.discriminatedUnion("resultType", [
      // A series with native histograms has `histogram` in place of `value`.
      z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ metric: labels, value: point.optional() })),
      }),
      z.object({ resultType: z.literal("scalar"), result: point }),
      z.object({ resultType: z.literal("matrix"), result: z.array(z.unknown()) }),
      z.object({ resultType: z.literal("string"), result: z.tuple([z.number(), z.string()]) }),
    ]),
  }),
]);

/** One value by an instant query to a Prometheus server, or one that speaks its API. */
export function prometheusSource(settings: Settings): Source {
  const base = settings.url.replace(/\/+$/, "");
  const where = `Prometheus at ${addressOf(base)}`;
  return {
    async sample(context) {
      const query = fill(settings.query, fillingOf(context), escapeLabel);
      // A form in a POST has no limit of length, and stays out of access logs.
      const reply = await ask(
        {
          ...settings,
          url: `${base}/api/v1/query`,
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ query, timeout: `${context.timeoutMs}ms` }).toString(),
        },
        context,
      );
      return read(reply, query, where, context);
    },
  };
}

function read(reply: Reply, query: string, where: string, { slot }: SampleContext): Sample {
  // Its own errors come with a 4xx or 5xx status and say more than that.
  const found = isJson(reply) ? parse(reply) : undefined;
  if (found?.status === "error") {
    const reason = reply.mask(found.error ?? "no reason given");
    throw new Error(`${where} refused the query (${found.errorType ?? reply.status}): ${reason}\n  query: ${query}`);
  }
  mustBeJson(reply, where);
  if (found === undefined) {
    const shown = JSON.stringify(reply.mask(reply.text).slice(0, 200));
    throw new Error(`${where}: its answer is not one of Prometheus' query API: ${shown}`);
  }
  const { data } = found;
  if (data.resultType === "scalar") return number(data.result[1], query, where);
  if (data.resultType !== "vector") {
    const kind = data.resultType === "matrix" ? "a range of values; use rate(), increase() or …_over_time()" : "a text";
    throw new Error(`${where}: the query gives ${kind}, wanted one value\n  query: ${query}`);
  }
  const [first, ...others] = data.result;
  if (first === undefined) return { missing: `no series for ${slot}: ${query}` };
  if (others.length > 0) {
    const shown = data.result.slice(0, 3).map(({ metric }) => JSON.stringify(metric));
    const series = [...shown, ...(data.result.length > 3 ? ["…"] : [])].join(", ");
    const advice = "aggregate them, as with sum() or max()";
    throw new Error(
      `${where}: the query gives ${data.result.length} series, wanted one; ${advice}: ${series}\n  query: ${query}`,
    );
  }
  if (first.value === undefined)
    throw new Error(
      `${where}: the query gives a histogram, wanted one value; use histogram_quantile()\n  query: ${query}`,
    );
  return number(first.value[1], query, where);
}

function parse(reply: Reply): z.output<typeof answer> | undefined {
  try {
    return answer.parse(JSON.parse(reply.text));
  } catch {
    return undefined;
  }
}

/** NaN is what 0/0 gives: a share of no requests. That is no data, and not a broken query. */
function number(text: string, query: string, where: string): Sample {
  if (text === "NaN") return { missing: `NaN, most often a share of no requests: ${query}` };
  const value = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
  if (Number.isNaN(value) || text.trim() === "")
    throw new Error(`${where}: ${JSON.stringify(text)} is not a number\n  query: ${query}`);
  return { value, detail: `${value}` };
}

/** What is filled in stands between quotes in PromQL, of one kind or the other: this form is right in both. */
function escapeLabel(value: string): string {
  return value.replace(/["'\\]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`);
}
