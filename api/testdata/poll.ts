// Compiled, never run: it stops compiling when the generated types are less
// precise than the contract.
import type { components, operations, paths } from "./schema";

type Status = components["schemas"]["Status"];

// Each shape has exactly its own members, told apart by status alone.
export function describe(job: Status): string {
  switch (job.status) {
    case "queued":
    case "processing":
      return `${job.message} (${job.retry_after + 1} s)`;
    case "success":
      return job.result.file + job.result.preview;
    case "failed":
      return `${job.error.code} at ${job.error.details.line ?? 0}:${job.error.details.column ?? 0}`;
    default: {
      const impossible: never = job;
      return impossible;
    }
  }
}

// An unfinished job has no result.
// @ts-expect-error
export const wrong = (job: components["schemas"]["UnfinishedStatus"]): string => job.result.file;

// A tool's options are known by name and type.
export const headers: operations["jsonFormatter"]["parameters"]["header"] = {
  Prefer: "respond-async, wait=5",
  "Idempotency-Key": "7",
  "x-tab-space": 4,
};

type Post = paths["/json-formatter-api"]["post"]["responses"];
export const accepted = (a: Post[202]["content"]["application/json"]): string => a.status_url;
export const code = (e: Post[429]["content"]["application/json"]): [string, number | undefined] => [e.error, e.retry_after];
export const problem = (e: Post[400]["content"]["application/problem+json"]): [string, number] => [e.code, e.status];

// With view=full the shapes are still told apart.
type Answer = paths["/jobs/{job_id}"]["get"]["responses"][200]["content"]["application/json"];
export const finished = (a: Answer): string => (a.status === "success" ? a.result.file : a.status);
export const why = (a: components["schemas"]["FullStatus"]): string =>
  a.status === "failed" ? a.error.code : (a.waiting_reason ?? a.tool);
